#include "process/process.h"

#include <exception>

#include "base/log.h"
#include "net/loop.h"
#include "process/host.h"
#include "process/keys.h"
#include "process/part.h"
#include "process/service_manager.h"

namespace process {

int run_process(const LogOptions& options, const KeyOptions& keys, const std::vector<base::Endpoint>& listens,
                const MakeParts& make) {
  base::log::start(base::log::level_of(options.level), options.instance, options.json);
  keep_files_private();
  ServiceManager manager;
  std::string reason;
  try {
    const int stop_signals =
        net::block_stop_signals();  // before the first thread starts, because threads inherit the mask
    const auto make_and_tell = [&] {
      auto parts = make();
      tell_if_open(keys, listens);  // not if it cannot start
      return parts;
    };
    reason = run_parts(make_and_tell, stop_signals, keys_to_listen(keys, listens), manager);
  } catch (const std::exception& error) {
    reason = error.what();
  }
  if (reason.empty()) {
    base::log::info("stopped");
    return 0;
  }
  base::log::error("{}", reason);
  return 1;
}

namespace {

template <class Options>
int run_alone(const Options& options, std::unique_ptr<Part> (*make)(const Options&)) {
  const auto& process = options.process;
  return run_process({process.instance, process.log_level, process.log_json}, process.keys, {process.listen}, [&] {
    Parts parts;
    parts.push_back(make(options));
    return parts;
  });
}

}  // namespace

int run_broker(const BrokerOptions& options) { return run_alone(options, broker_part); }
int run_catalog(const ReplicaOptions& options) { return run_alone(options, catalog_part); }
int run_order(const ReplicaOptions& options) { return run_alone(options, order_part); }
int run_frontend(const FrontendOptions& options) {
  return run_alone(
      options, +[](const FrontendOptions& one) { return frontend_part(one, nullptr); });
}

}  // namespace process
