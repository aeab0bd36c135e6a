"""The hotline's figures: what it is judged by, for a day, a week, a month, each opening into its tickets.

`facts` and `talks` say what the logs tell, `upkeep` what versions of knowledge do (pure); `sums` adds it up (pure);
`measures` defines the figures (pure); `summing` keeps the sums in the store; `desk` is the door.
"""

from gateway.core.figures.desk import Figures
from gateway.core.figures.summing import Summing

__all__ = ["Figures", "Summing"]
