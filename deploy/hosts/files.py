"""Makes the files that a host gets: variables, keys, certificates, as one archive. Pure."""

import io
import tarfile

from .plan import ETCD_PEER_PORT, ETCD_PORT, bracketed, variables_of_all

NOTE = "# Written by pygmy-deploy, and again at its next `up`. Options belong into the file of hosts.\n"


def of_host(plan, host, cluster_token=""):
    """Returns the text of each file of a host, without keys, by its path below /etc/pygmy."""
    units = plan.on(host)
    files = {"all.env": text_of(variables_of_all(plan, host))}
    files |= {f"{unit.name}.env": text_of(unit.variables) for unit in units if unit.kind != "etcd"}
    files["deployed"] = "".join(f"{unit.name}\n" for unit in units)
    for unit in units:
        if unit.kind == "etcd":
            files[f"{unit.name}.env"] = text_of(etcd_variables(plan, unit, cluster_token))
    return files


def keys_of_host(plan, host):
    """Returns the names of the key files that a host needs: its own ones, and the list and the key of the store."""
    units = plan.on(host)
    roles = {part.role for unit in units for part in unit.parts}
    names = [f"{part.instance}.key" for unit in units for part in unit.parts]
    if roles - {"bridge"}:
        names += ["allowed", "store.key"]
    if "bridge" in roles:
        names.append("bridge.token")
    if plan.etcd and "broker" in roles:
        names += ["etcd/ca.pem", "etcd/broker.pem", "etcd/broker.key"]
    if host in plan.etcd:
        names += ["etcd/ca.pem", "etcd/member.pem", "etcd/member.key"]
    return list(dict.fromkeys(names))


def etcd_variables(plan, unit, token):
    """Returns the options of a member of etcd. It lets in only those who show a certificate of the store."""
    host = plan.hosts[unit.host]
    port, peer_port = host.port_base + ETCD_PORT, host.port_base + ETCD_PEER_PORT
    here = f"https://{bracketed(host.address)}"
    listen = f"https://{bracketed(host.bind)}"
    keys = "/var/lib/pygmy/keys/etcd"
    peers = ",".join(f"etcd-{number}=https://{bracketed(one.address)}:{one.port_base + ETCD_PEER_PORT}"
                     for number, one in enumerate((plan.hosts[name] for name in plan.etcd), 1))
    found = {"NAME": unit.name, "DATA_DIR": f"/var/lib/pygmy/{unit.name}", "INITIAL_CLUSTER": peers, "INITIAL_CLUSTER_TOKEN": token,
             "LISTEN_CLIENT_URLS": f"{listen}:{port}",
             "ADVERTISE_CLIENT_URLS": f"{here}:{port}",
             "LISTEN_PEER_URLS": f"{listen}:{peer_port}",
             "INITIAL_ADVERTISE_PEER_URLS": f"{here}:{peer_port}",
             "LOGGER": "zap", "LOG_LEVEL": "warn", "SNAPSHOT_COUNT": "2000", "PRE_VOTE": "true",
             "PEER_CERT_ALLOWED_CN": "etcd"}
    for kind in ("", "PEER_"):
        found |= {f"{kind}CLIENT_CERT_AUTH": "true", f"{kind}TRUSTED_CA_FILE": f"{keys}/ca.pem", f"{kind}CERT_FILE": f"{keys}/member.pem",
                  f"{kind}KEY_FILE": f"{keys}/member.key"}
    return {"ETCD_" + name: value for name, value in found.items()}


def compose_of(plan, host):
    """Returns a compose.yaml for a host whose processes are to run in containers. They use the network of the host."""
    lines = ["# Written by pygmy-deploy. Start it: docker compose up -d", "services:"]
    for unit in plan.on(host):
        data = "/var/lib/pygmy" if unit.kind == "node" else f"/var/lib/pygmy/{unit.name}"
        variables = {"PYGMY_DATA": data, "PYGMY_NAME": unit.number} if unit.kind == "node" else {"PYGMY_INSTANCE": unit.name}
        volumes = ["./keys:/var/lib/pygmy/keys:ro"]
        if unit.kind in ("broker", "catalog", "order"):
            variables["PYGMY_DATA"] = data
        if unit.kind not in ("frontend", "bridge"):
            volumes.insert(0, "./data:/var/lib/pygmy" if unit.kind == "node" else f"./data/{unit.name}:{data}")
        if unit.kind not in ("bridge", "node"):
            variables["PYGMY_KEY_FILE"] = f"/var/lib/pygmy/keys/{unit.name}.key"  # of its health check
        lines += [f"  {unit.name}:", "    image: pygmy", f"    command: {unit.kind}", "    restart: unless-stopped",
                  "    network_mode: host", "    read_only: true", "    tmpfs: /tmp", "    cap_drop: [ALL]",
                  '    security_opt: ["no-new-privileges:true"]', f"    env_file: [etc/all.env, etc/{unit.name}.env]",
                  "    environment:", *(f'      {name}: "{value}"' for name, value in variables.items()),
                  "    volumes:", *(f"      - {one}" for one in volumes)]
        if unit.kind == "node":
            lines += ["    healthcheck:", "      disable: true"]
    return "\n".join(lines) + "\n"


def text_of(variables):
    return NOTE + "".join(f"{name}={value}\n" for name, value in variables.items())


def archive(files, secrets):
    """Returns a tar of the files: name -> text below etc/, name -> bytes below keys/."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for folder, mode, entries in (("etc", 0o644, {name: text.encode() for name, text in files.items()}), ("keys", 0o600, secrets)):
            for name, content in sorted(entries.items()):
                entry = tarfile.TarInfo(f"{folder}/{name}")
                entry.size, entry.mode = len(content), mode
                tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()
