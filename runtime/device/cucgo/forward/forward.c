// What programs on gorgonia.org/cu are linked against in place of NVIDIA's libcuda. Every function jumps to the real driver's, once
// netc_cuda_open has opened it. Before that, and on machines that have no driver, cuInit succeeds and does nothing, since cu calls
// it when the program starts and would end the program, and all other functions say that there is no device.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

#include "functions.h"

enum { NO_DEVICE = 100 };

static int missing(void) { return NO_DEVICE; }

// One word a function: where to jump.
#define SLOT(name) __attribute__((visibility("hidden"))) void *netc_slot_##name = (void *)missing;
FUNCTIONS(SLOT)

#if defined(__x86_64__)
#define FORWARD(name) \
	__asm__(".text\n.globl " #name "\n.hidden " #name "\n.type " #name ", @function\n" #name ":\n\tendbr64\n\tjmp *netc_slot_" #name "(%rip)\n.size " #name ", .-" #name "\n");
#elif defined(__aarch64__)
#define FORWARD(name) \
	__asm__(".text\n.globl " #name "\n.hidden " #name "\n.type " #name ", %function\n" #name ":\n\tbti c\n\tadrp x16, netc_slot_" #name "\n\tldr x16, [x16, :lo12:netc_slot_" #name "]\n\tbr x16\n.size " #name ", .-" #name "\n");
#else
#error "the driver is forwarded to on x86-64 and AArch64 only"
#endif
FUNCTIONS(FORWARD)

static struct { const char *name; void **slot; } table[] = {
#define ENTRY(name) {#name, &netc_slot_##name},
	FUNCTIONS(ENTRY)
};

static int (*init)(unsigned);

int cuInit(unsigned flags) { return init ? init(flags) : 0; }

int netc_cuda_open(const char *path, char *message, int size)
{
	void *lib = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
	if (!lib) {
		snprintf(message, size, "%s", dlerror());
		return -1;
	}
	void *start = dlsym(lib, "cuInit");
	if (!start) {
		snprintf(message, size, "%s lacks cuInit", path);
		return -1;
	}
	init = (int (*)(unsigned))start;
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		void *f = dlsym(lib, table[i].name);
		*table[i].slot = f ? f : (void *)missing;
	}
	return 0;
}
