// The headers Accept and Accept-Encoding (RFC 9110, 12.5).
//
// An entry that cannot be read is skipped. If no entry of Accept can be read, every type is welcome: old clients send
// faulty lists (Java: "text/html, image/gif, *; q=.2"), and the client can always refuse the answer itself.
// Threads: none. Tests: tests/bridge/accept_test.cpp
#pragma once

#include <string_view>

namespace bridge {

// Says whether a client that sends this Accept header takes the media type `type` ("application/json"). Parameters of
// `type` and of the entries, other than q, are ignored.
bool accepts(std::string_view accept, std::string_view type);

// Says whether a client that sends this Accept-Encoding header wants gzip rather than the plain bytes.
bool wants_gzip(std::string_view accept_encoding);

}  // namespace bridge
