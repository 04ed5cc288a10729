// jpeglib.h needs FILE and size_t without including them.
#include <stdio.h>

#include <jpeglib.h>
