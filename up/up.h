// `pygmy up`: runs a whole store on this machine, with each process as a child of this one. With --single the store is
// one process (process/node.h).
//
// Before `up` starts a process, it locks the data directory, tries the ports, and checks the catalogue. Then it starts
// etcd (with --cluster), brokers, catalogs, orders, frontends and the bridge. It restarts a child that ends (see
// up/restart.h). SIGTERM and SIGINT stop the bridge, frontends, orders, catalogs, brokers and etcd, in this order, so
// that every process can finish while the processes that it needs still run. When the parent ends, in whatever way, its
// children end too. SIGHUP stops them, too, if `up` has a terminal, because then the terminal was closed. Without a
// terminal, and under nohup, it has the processes open their logs anew.
//
// The parent opens no ZeroMQ context, because it forks at any time. The part that talks to the store (it loads the
// catalogue and checks that the store works) runs in a child of its own; see up/ready.h.
#pragma once

#include "up/options.h"

namespace up {

// Returns the exit code: 0 after a stop that was asked for, 2 for options that do not fit together, 1 otherwise.
int run_up(const UpOptions& options);

}  // namespace up
