#!/bin/bash
# Runs the tests of a package on an emulated processor with AVX-512: so the kernels for it are tested on computers that lack it.
#
#   runtime/kernel/cpu/internal/emulate/run.sh [FOLDER [TEST FLAGS]]
#   runtime/kernel/cpu/internal/emulate/run.sh runtime/kernel/cpu -test.v '-test.run=Edge|Samples|Updates'
#
# FOLDER is relative to the root of the repository (default: runtime/kernel/cpu). The flags are those of a test binary; none may hold a
# space. The exit status is that of the tests.
#
# It needs Go and a computer with Debian and an amd64 processor; nothing is installed and no root is needed. The packages of the emulator
# (Bochs), of a boot loader and of a Linux kernel, 35 MB, are downloaded once by apt-get into EMULATE_CACHE (default
# ~/.cache/netc-emulate). The emulator runs some 40 million instructions a second: starting Linux takes 20 seconds, the tests of the second
# line above one minute, which suits continuous integration with a kept cache, and all tests some 15 minutes. While it runs, its screen is a
# VNC server on port 5900.
#
# BOCHS=/path/to/bochs takes another build of Bochs without a debugger; BOCHS_DISPLAY is its display library.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../../../.." && pwd)
folder=${1:-runtime/kernel/cpu}
shift || true
cache=${EMULATE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/netc-emulate}
work=$(mktemp -d)
tail=
trap 'rm -rf "$work"; if [ -n "$tail" ]; then kill "$tail" 2>/dev/null || true; fi' EXIT

fetch() {
	local packages kernel
	rm -rf "$cache" "$cache.part"
	mkdir -p "$cache.part/deb" "$cache.part/root"
	# Those that this computer lacks, with what they depend on; then the kernel alone.
	packages=$(apt-get -qq --print-uris --no-install-recommends --reinstall install bochs bochs-term bochsbios vgabios xorriso isolinux syslinux-common cpio |
		sed -n "s/^'[^']*' \([^_ ]*\)_.*/\1/p")
	kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[^ ]*\)/\1/p' | head -1)
	if [ -z "$packages" ] || [ -z "$kernel" ]; then
		echo "apt-get does not know the packages: run apt-get update first, on Debian" >&2
		exit 1
	fi
	# shellcheck disable=SC2086 # a list of names
	(cd "$cache.part/deb" && apt-get -qq download $packages "$kernel")
	for deb in "$cache.part"/deb/*.deb; do
		dpkg-deb -x "$deb" "$cache.part/root"
	done
	rm -r "$cache.part/deb"
	mv "$cache.part" "$cache"
}
[ -d "$cache/root" ] || fetch

debian=$cache/root
library=$debian/usr/lib/x86_64-linux-gnu
export PATH=$PATH:$debian/usr/bin:$debian/bin
export LD_LIBRARY_PATH=$library${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} LTDL_LIBRARY_PATH=$library/bochs/plugins

# The file system in memory: the first process, the test binary and its arguments.
mkdir -p "$work/fs/work" "$work/disc"
(
	cd "$root"
	export CGO_ENABLED=0 GOOS=linux GOARCH=amd64
	go test -c -o "$work/fs/work/test" "./$folder"
	go build -ldflags='-s -w' -o "$work/fs/init" ./runtime/kernel/cpu/internal/emulate
)
printf '%s\n' -test.timeout=0 "$@" >"$work/fs/work/arguments"
(cd "$work/fs" && find . | cpio --quiet -o -H newc -R 0:0) >"$work/disc/initrd"

# A CD to start from. Bochs describes some states of its processors to the kernel in a way that makes it do without AVX:
# protection keys (515) and compacted saving (321, 323) are left out. So is what takes long and serves nothing here.
cp "$debian"/boot/vmlinuz-* "$work/disc/linux"
cp "$debian/usr/lib/ISOLINUX/isolinux.bin" "$debian/usr/lib/syslinux/modules/bios/ldlinux.c32" "$work/disc"
cat >"$work/disc/isolinux.cfg" <<-END
	default test
	label test
	linux /linux
	append initrd=/initrd console=ttyS0 quiet panic=-1 mitigations=off clearcpuid=515,321,323 cryptomgr.notests lsm= audit=0
END
xorriso -as mkisofs -quiet -o "$work/boot.iso" -b isolinux.bin -c boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table "$work/disc" 2>"$work/xorriso" ||
	{ cat "$work/xorriso"; exit 1; }

display='rfb, options="timeout=0"'
if [ -n "${BOCHS_DISPLAY:-}" ]; then
	display=$BOCHS_DISPLAY
fi
cat >"$work/bochsrc" <<-END
	cpu: model=corei7_skylake_x, count=1, ips=50000000, reset_on_triple_fault=0
	memory: guest=1024, host=1024
	romimage: file=$debian/usr/share/bochs/BIOS-bochs-latest
	vgaromimage: file=$debian/usr/share/bochs/VGABIOS-lgpl-latest
	ata0: enabled=1
	ata0-master: type=cdrom, path=$work/boot.iso, status=inserted
	boot: cdrom
	com1: enabled=1, mode=file, dev=$work/serial
	log: $work/log
	panic: action=fatal
	error: action=ignore
	info: action=ignore
	display_library: $display
END
echo continue >"$work/commands" # for a build with a debugger, which waits for one
: >"$work/serial"
tail -f -n +1 "$work/serial" &
tail=$!
# Bochs says by a status of 1 that the machine was switched off.
if [ -n "${BOCHS:-}" ]; then
	"$BOCHS" -q -f "$work/bochsrc" </dev/null >"$work/out" 2>&1 || true
else
	bochs-bin -q -f "$work/bochsrc" -rc "$work/commands" </dev/null >"$work/out" 2>&1 || true
fi
sleep 1 # tail follows
status=$(tr -d '\r' <"$work/serial" | sed -n 's/^netc: exit \([0-9]*\)$/\1/p')
if [ -z "$status" ]; then
	tail -n 20 "$work/log" "$work/out"
	echo "the emulated system did not get to the end of the tests" >&2
	exit 1
fi
exit "$status"
