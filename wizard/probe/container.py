"""Is this a container, and is there a hypervisor beneath; in the order in which systemd-detect-virt looks."""

from __future__ import annotations

from wizard.machine.readoutcome import Reader
from wizard.model.plain import shown

_DMI = (
    ("amazon ec2", "amazon"),
    ("google", "google"),
    ("vmware", "vmware"),
    ("virtualbox", "oracle"),
    ("innotek", "oracle"),
    ("openstack", "kvm"),
    ("digitalocean", "kvm"),
    ("hetzner", "kvm"),
    ("qemu", "kvm"),
    ("kvm", "kvm"),
    ("xen", "xen"),
    ("parallels", "parallels"),
    ("bhyve", "bhyve"),
    ("nutanix", "kvm"),
    ("ovirt", "kvm"),
    ("rhev", "kvm"),
)


def read_container(reader: Reader) -> str | None:
    """`docker`, `podman`, `lxc`, `openvz`, `systemd-nspawn`, ... or None where nothing says that this is one."""
    if reader.exists("/proc/vz") and not reader.exists("/proc/bc"):
        return "openvz"
    written = (
        reader.text("/run/systemd/container", 200) or reader.text("/run/host/container-manager", 200) or ""
    )
    said = written.strip() or first_process_says(reader.text("/proc/1/environ", 1 << 20))
    if said and said != "oci":
        return shown(said, 60)
    if reader.exists("/run/.containerenv"):
        return "podman"
    if reader.exists("/.dockerenv"):
        return "docker"
    return (
        said
        or by_cgroup(reader.text("/proc/1/cgroup"))
        or by_mounts(reader.text("/proc/self/mounts", 1 << 20))
    )


def first_process_says(environ: str | None) -> str | None:
    """`container=` in the environment of process 1; nothing else of it is kept."""
    for entry in (environ or "").split("\0"):
        if entry.startswith("container="):
            return shown(entry[10:], 60) or None
    return None


def by_cgroup(cgroup: str | None) -> str | None:
    """Process 1 sits in a container's cgroup only inside one."""
    text = cgroup or ""
    for mark, kind in (
        ("/kubepods", "kubernetes"),
        ("/docker", "docker"),
        ("/libpod", "podman"),
        ("/lxc", "lxc"),
    ):
        if mark in text:
            return kind
    return None


def by_mounts(mounts: str | None) -> str | None:
    """lxcfs over /proc is LXC's."""
    return "lxc" if "lxcfs /proc/" in (mounts or "") else None


def read_virtualisation(reader: Reader, cpu_flags: tuple[str, ...] | None) -> str | None:
    """`kvm`, `vmware`, `amazon`, ...; `vm` for one without a name, `none` for bare metal, None where not knowable."""
    if "microsoft" in (reader.text("/proc/sys/kernel/osrelease", 300) or "").lower():
        return "wsl"
    names = [
        reader.text(f"/sys/class/dmi/id/{key}", 300) for key in ("sys_vendor", "product_name", "bios_vendor")
    ]
    found = by_dmi(" ".join(name.strip() for name in names if name))
    if found:
        return found
    if (reader.text("/sys/hypervisor/type", 60) or "").strip() == "xen":
        return "xen"
    if cpu_flags is None:
        return None
    if "hypervisor" in cpu_flags:
        return "vm"
    # Only x86 processors tell of a hypervisor.
    return "none" if any(names) and reader.value("architecture") == "x86_64" else None


def by_dmi(text: str) -> str | None:
    """The hypervisor that a vendor or product name stands for."""
    lowered = text.lower()
    if "microsoft corporation" in lowered and "virtual machine" in lowered:
        return "microsoft"
    return next((kind for mark, kind in _DMI if mark in lowered), None)
