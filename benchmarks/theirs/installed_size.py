"""What a package and all that it needs take on the disk: `python installed_size.py NAME`.

Runs in either environment. Prints JSON: bytes by distribution, without compiled .pyc files (which
an installer may or may not make) and without what the package does not need.
"""

import json
import sys
from importlib.metadata import distribution

try:
    from packaging.requirements import Requirement
except ImportError:  # pip has it, where nothing else needs it
    from pip._vendor.packaging.requirements import Requirement


def sizes_of(root):
    """Return bytes by name of a distribution and everything that it requires here."""
    sizes, waiting = {}, [Requirement(root)]
    seen = set()
    while waiting:
        requirement = waiting.pop()
        key = (canonical(requirement.name), tuple(sorted(requirement.extras)))
        if key in seen:
            continue
        seen.add(key)
        found = distribution(requirement.name)
        sizes[key[0]] = size_of(found)
        for text in found.requires or ():
            needed = Requirement(text)
            extras = [{"extra": each} for each in ("", *requirement.extras)]
            if needed.marker is None or any(needed.marker.evaluate(each) for each in extras):
                waiting.append(needed)
    return sizes


def size_of(found):
    """Return the bytes of a distribution's files."""
    paths = {file.locate() for file in found.files or () if file.suffix != ".pyc"}
    return sum(path.stat().st_size for path in paths if path.is_file())


def canonical(name):
    """Return a name as indexes compare it."""
    return name.lower().replace("_", "-").replace(".", "-")


if __name__ == "__main__":
    print(json.dumps(sizes_of(sys.argv[1])))
