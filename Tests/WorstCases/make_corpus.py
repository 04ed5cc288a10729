#!/usr/bin/env python3
"""Writes the worst cases that we could think of as requests: `make_corpus.py MANIFEST`.

One JSON object a line: `name`; `parts`, the request as pairs of bytes in base64 and how often they come; `pixels` that it
claims to hold; `statuses` that are right answers, none for any that is no failure of the service; whether it is `quick`.
The same bytes each time.
"""

import sys

import body_cases
import corpus
import jpeg_cases
import png_cases
import webp_cases


def main():
    for kind in (jpeg_cases, png_cases, webp_cases, body_cases):
        kind.make()
    corpus.write(sys.argv[1])


if __name__ == "__main__":
    main()
