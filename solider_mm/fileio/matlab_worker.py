"""Program that reads MATLAB files for `fileio.matlab`, which starts it.

It imports nothing of `solider_mm`, so that it starts fast.
"""

import os
import pickle
import sys
from typing import BinaryIO


def main() -> None:
    """Answer requests (path, options) with (content, problem) until the input ends."""
    # Messages printed by libraries must not mix with the answers.
    answers: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    from scipy.io import loadmat  # noqa: PLC0415  (imported after the redirection)

    while True:
        try:
            path, options = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answer = (loadmat(path, **options), "")
        # scipy raises nearly any error on damaged files.
        except BaseException as error:
            answer = (None, f"{type(error).__name__}: {error}")
        pickle.dump(answer, answers, protocol=5)
        answers.flush()


if __name__ == "__main__":
    main()
