// Asker: who asks. A request names its token in Authorization, or by the cookie of a sign-in (ADR 50).
//
// Authorization goes before the cookie. A request whose token or cookie is not known is refused, and is never taken for
// one of a client without a token. Under TLS the cookie's name begins with __Host-, so no page of another host and no
// request without TLS can have set it.
// Threads: none. Tests: tests/bridge/asker_test.cpp
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "bridge/http.h"
#include "bridge/sign_ins.h"
#include "bridge/site.h"

namespace bridge {

struct Asker {
  std::string token;    // empty: none
  std::string sign_in;  // its name, if the token comes from a cookie
};

// Nothing if the request has a token that is not known to be one, or a cookie of no sign-in.
std::optional<Asker> asker_of(const Request& request, const Site& site, SignIns& sign_ins, base::Mono now);

// The name of the sign-in that the cookie of the request stands for; nothing if it has no such cookie. Two cookies of
// the same name stand for no sign-in.
std::optional<std::string> sign_in_named(const Request& request, const Site& site);

// The value of Set-Cookie that signs the browser in or out. `request`: the one that is answered.
std::string cookie_with(const std::string& secret, const Request& request, const Site& site);
std::string cookie_of_none(const Request& request, const Site& site);

// The client of a stream that needs a credential. The stream ends with it.
struct Owner {
  Asker asker;
  msg::Seq credential;
  std::optional<base::WallMs> expires;
};

}  // namespace bridge
