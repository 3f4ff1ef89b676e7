// Opens a page in the user's browser.
#pragma once

#include <string>

namespace demo {

// Has xdg-open open the address. Returns false, and does nothing, if there is no display or no xdg-open. The browser
// outlives this program and prints nothing here. Threads: any.
bool open_browser(const std::string& address);

}  // namespace demo
