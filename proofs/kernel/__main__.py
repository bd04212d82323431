"""`python -m proofs.kernel FILE [--json]`: the verdict, with nothing but NumPy and SciPy."""

import json
import sys

from proofs.kernel import check

USAGE = 2


def main(arguments: list[str]) -> int:
    """Print the certificate; return 0 accepted, 1 rejected, 2 usage, 4 malformed."""
    paths = [a for a in arguments if a != "--json"]
    if len(paths) != 1 or paths[0].startswith("-"):
        print("usage: python -m proofs.kernel FILE [--json]", file=sys.stderr)
        return USAGE
    try:
        certificate = check(paths[0])
    except OSError as error:
        print(f"{paths[0]}: {error.strerror or error}", file=sys.stderr)
        return USAGE
    if len(paths) < len(arguments):
        print(json.dumps(certificate.as_dict(), indent=2, allow_nan=False))
    else:
        print(certificate)
    return certificate.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
