// Site: the names under which this bridge is asked, and the pages that may change something through it.
//
// A store may be open to everybody who reaches the bridge, so a browser on the same machine or network is a way in for
// any page. Two rules keep other pages out:
//   * A request names its host, and the host must be one of this bridge. Otherwise a page of evil.example could let its
//     name lead to 127.0.0.1 after it was loaded, and the browser would take the bridge for that page's own site.
//   * A request that changes something must not come from a page of another site, and must not be a prefetch.
//
// Programs other than browsers send no header that says where they come from, so they are never refused for it.
// Threads: none. Tests: tests/bridge/site_test.cpp
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/http.h"

namespace bridge {

struct Site {
  std::string bind = "127.0.0.1";    // the address that the bridge listens on
  std::vector<std::string> hosts;    // further names and addresses under which it is asked, without ports
  std::vector<std::string> origins;  // the sites whose pages may use it, e.g. "https://shop.example"
  bool labs = true;                  // the labs' paths are served
  bool tls = false;                  // the bridge itself speaks TLS
};

bool is_loopback(std::string_view address);

// Says whether `host`, the value of a Host header, names this bridge: "localhost", an address at which it can be
// reached, or one of `hosts`. A port may follow. Its number does not matter, because it may have been forwarded.
bool is_host_of(const Site& site, std::string_view host);

// Says whether a page of this origin may use the bridge: it is one of `origins`.
bool is_welcome(const Site& site, std::string_view origin);

// Says whether a page of another site, which is not welcome, made a browser send this request, or may have done so.
bool is_of_another_site(const Site& site, const Request& request);

// Says whether the browser tells that a page of this bridge itself sent this request. Only then does its cookie count
// for a change (ADR 50).
bool is_of_own_page(const Site& site, const Request& request);

// Says whether a browser sends this only to have the answer at hand.
bool is_prefetch(const Request& request);

}  // namespace bridge
