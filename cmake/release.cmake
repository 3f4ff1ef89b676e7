# Writes OUTPUT, the source file behind process/release.h, with VERSION and the commit of the folder SOURCE. The file
# keeps its time if nothing in it has changed.
execute_process(COMMAND git -C ${SOURCE} describe --always --abbrev=12 --exclude=* --dirty=-changed
                OUTPUT_VARIABLE commit ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT commit)
  set(commit unknown)  # e.g. in a container, whose build does not get .git
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
// Made by cmake/release.cmake.
#include "process/release.h"

const char* const process::kVersion = "@VERSION@";
const char* const process::kRelease = "@VERSION@ (@commit@)";
]])
