"""pygmy-deploy: a store on several hosts, over ssh (docs/DEPLOY.md).

    read.py       the file of hosts, in its two forms            pure
    plan.py       which process runs where, with which options   pure
    firewall.py   which host opens which port to whom            pure
    files.py      the files that each host gets                  pure
    remote.py     ssh, and host.sh on the other side
    local.py      what the operator's machine keeps: keys, certificates, places
    store.py      commands of the operator, through ssh
    deploy.py     the plan on its hosts: connections, one restart, down, status
    up.py         up
    upgrade.py    upgrade, rollback
    command.py    the command line
    host.sh       what is done on a host
    supervise     keeps one process running where there is no systemd
"""
