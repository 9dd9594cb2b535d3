"""What a chapter calls to put a result on a page: tables, figures, downloads, forks."""
