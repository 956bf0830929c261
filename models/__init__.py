"""Text to prediction. Importing openvino or nncf would report each use to Google Analytics, asked or not."""

import sys

# Both look for this package and do without it: nothing this program does is told to anybody.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
