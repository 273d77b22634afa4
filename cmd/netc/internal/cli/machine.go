package cli

import (
	"os"
	"strconv"
	"strings"
)

// processorName is what the system calls the processor, or "unknown".
func processorName() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// memory is the memory in bytes that the machine, or the container, has, and what of it can be had. Only Linux tells.
func memory() (total, available int64, ok bool) {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, 0, false
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		n, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			continue
		}
		switch f[0] {
		case "MemTotal:":
			total = n << 10
		case "MemAvailable:":
			available = n << 10
		}
	}
	if most, ok := number64("/sys/fs/cgroup/memory.max"); ok && most < total {
		total = most
		if used, ok := number64("/sys/fs/cgroup/memory.current"); ok {
			available = min(available, max(most-used, 0))
		}
	}
	return total, available, total > 0
}

// number64 reads a file that holds one number.
func number64(file string) (int64, bool) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	return n, err == nil
}
