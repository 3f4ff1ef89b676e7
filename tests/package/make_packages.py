"""Makes the packages once, in the folder PYGMY_PACKAGES, for all tests of them."""

import os
import pathlib
import shutil

from packages import make_packages

folder = pathlib.Path(os.environ["PYGMY_PACKAGES"])
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir()
make_packages(folder)
