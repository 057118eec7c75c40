"""Every test finds the layer, the tools in `infra` and the helpers beside this file."""

import os
import sys
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
for place in (ROOT / "tests", ROOT, ROOT / "layers/city/python"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
os.environ.setdefault("AWS_DEFAULT_REGION", "ap-southeast-1")
os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "INFO")

# Speed is measured in `make bench`, never asserted: a busy machine must not fail a property.
settings.register_profile("city", deadline=None)
settings.load_profile("city")
