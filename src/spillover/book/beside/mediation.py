"""Names of the paths of a mediation."""

PATH_LABELS = {
    "total effect": "Total effect",
    "exposure to mediator": "Exposure → mediator",
    "mediator to outcome": "Mediator → outcome",
    "not mediated": "Not mediated",
    "mediated": "Mediated",
}
