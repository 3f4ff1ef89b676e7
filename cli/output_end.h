// The end of a command's standard output.
#pragma once

namespace cli {

constexpr int kOutputLost = 5;
constexpr int kClosedPipe = 141;  // as if SIGPIPE had ended the program

// Call it first in main. A descriptor 0, 1 or 2 that is closed would be given to the next file or socket that is
// opened, and output would be written into that. Afterwards a write to a closed standard output fails, and what is
// written to a closed standard error is lost.
void keep_standard_descriptors();

// Writes what standard output still buffers. Returns the exit code: `exit_code` if everything was written, or if the
// reader of a pipe has left after the command had ended; kOutputLost, with a notice, if a command that succeeded could
// not write its output.
int end_output(int exit_code);

// The exit code of a command that ended early because standard output cannot be written. A reader who has closed the
// pipe wanted no more, so then there is no notice.
int output_failed(int error);

}  // namespace cli
