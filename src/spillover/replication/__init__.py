"""The papers' printed numbers against ours: verdicts, claims, scorecard, audit."""
