#include "order/answers.h"

namespace order {

msg::Header answer_header(const Asker& asker, base::Seq reveals, const Timing& timing, base::Now now) {
  msg::Header header = msg::reply_header(asker.request, reveals);
  if (!asker.trace) return header;
  header.spans = {{"order", base::micros(now.mono - timing.arrived)},
                  {"decide", base::micros(timing.decided - timing.arrived)}};
  if (timing.appended) header.spans->push_back({"commit", base::micros(now.mono - *timing.appended)});
  return header;
}

}  // namespace order
