"""`python -m infra.local <verb>`: see `infra.local.city`."""

import sys

from infra.local.city import main

sys.exit(main(sys.argv[1:]))
