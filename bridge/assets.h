// The files of the web pages. The build takes them from web/dist (cmake/embed.cmake); without web/dist there are none.
#pragma once

#include <string_view>

namespace bridge {

struct Asset {
  std::string_view path;  // "/assets/shop-3f2a.js"
  std::string_view type;
  std::string_view etag;  // quoted
  std::string_view bytes;
  std::string_view gzip;  // the same bytes, compressed; empty if that is not smaller
};

const Asset* find_asset(std::string_view path);

}  // namespace bridge
