"""What the running kernel can do, from every place that can prove it."""

from __future__ import annotations

from wizard.machine.readoutcome import Reader
from wizard.model.facts import KernelFacts
from wizard.model.plain import shown

# module, configuration key
OVERLAY = ("overlay", "CONFIG_OVERLAY_FS")
VXLAN = ("vxlan", "CONFIG_VXLAN")
IPVS = ("ip_vs", "CONFIG_IP_VS")
ESP = ("esp4", "CONFIG_INET_ESP")
XFRM_USER = ("xfrm_user", "CONFIG_XFRM_USER")
MODULES_LIMIT_BYTES = 8 << 20


def read_kernel(reader: Reader) -> KernelFacts:
    """True: loaded, built in or loadable; False: neither; None where this host gives no proof either way."""
    release = (reader.text("/proc/sys/kernel/osrelease", 300) or "").strip()
    safe = release if release and "/" not in release else "-"
    evidence = _evidence(reader, safe)
    filesystems = (reader.text("/proc/filesystems") or "").split()

    def has(feature: tuple[str, str]) -> bool | None:
        module, key = feature
        if reader.exists(f"/sys/module/{module}"):
            return True
        return judge(module, key, *evidence)

    esp, user = has(ESP), has(XFRM_USER)
    return KernelFacts(
        release=shown(release, 100) or None,
        overlay=True if "overlay" in filesystems else has(OVERLAY),
        vxlan=has(VXLAN),
        ipvs=True if reader.exists("/proc/net/ip_vs") else has(IPVS),
        esp=False if esp is False or user is False else None if esp is None or user is None else True,
    )


def _evidence(reader: Reader, release: str) -> tuple[str, str | None, str | None]:
    directory = f"/lib/modules/{release}"
    config = reader.text("/proc/config.gz", 1 << 20)
    for path in (f"/boot/config-{release}", f"{directory}/config"):
        if not config:
            config = reader.text(path, 1 << 20)
    dependencies = reader.text(f"{directory}/modules.dep", MODULES_LIMIT_BYTES)
    built_in = reader.text(f"{directory}/modules.builtin", 1 << 20)
    modules = None if dependencies is None else f"{dependencies}\n{built_in or ''}"
    return reader.text("/proc/modules", 1 << 20) or "", modules, config


def judge(module: str, key: str, loaded: str, modules: str | None, config: str | None) -> bool | None:
    """loaded: /proc/modules. modules: modules.dep and modules.builtin, None where this kernel has none here. config:
    its configuration.

    In a container the host's modules are not to be seen: a module that its kernel has as `m` is then not knowable.
    """
    if f"\n{module} " in f"\n{loaded}":
        return True
    if modules is not None and f"/{module}.ko" in modules:
        return True
    if config:
        if f"\n{key}=y" in f"\n{config}":
            return True
        if f"\n{key}=m" not in f"\n{config}":
            return False
    return None if modules is None else False
