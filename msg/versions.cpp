#include "msg/versions.h"

namespace msg {

constinit const Versions kVersions{.oldest = 1, .newest = 1, .spoken = 1};

}  // namespace msg
