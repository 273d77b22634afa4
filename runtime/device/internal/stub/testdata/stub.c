// A pretended NVIDIA driver, compiler and libraries for tests on machines that have no card.
//
// Device memory is memory of the host. Copies, fills, matrix products and convolutions are done, though only when a stream is
// waited for, as a card would be late too; kernels are written down and not run. Every call is written down with its
// arguments. Tests tell it what to pretend (stub_set) and which call is to fail how (stub_fail), and ask what is
// still open (stub_open) and on how many threads it was called (stub_threads).

#define _GNU_SOURCE
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
typedef unsigned long long u64;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// ---- what to pretend

static struct { const char *key; long value, usual; } settings[] = {
	{"devices", 2, 2}, {"version", 12040, 12040}, {"nvrtc", 12040, 12040}, {"major", 9, 9}, {"minor", 0, 0}, {"newest", 90, 90},
	{"memory", 1L << 30, 1L << 30},
};
enum { NSETTINGS = sizeof settings / sizeof *settings };

static long setting(const char *key) {
	for (int i = 0; i < NSETTINGS; i++)
		if (!strcmp(settings[i].key, key)) return settings[i].value;
	abort();
}

static struct { char call[64]; int result; long after; } failures[16];
static int nfailures;

// ---- what is written down

static char *text;
static size_t text_len, text_cap;
static long open_count[8]; // memory, pinned memory, streams, events, modules, executables, contexts, handles of libraries
static const char *open_names[8] = {"memory", "host", "stream", "event", "module", "graph", "context", "handle"};
enum { MEMORY, HOST, STREAM, EVENT, MODULE, GRAPH, CONTEXT, HANDLE };
static long threads[64];
static int nthreads;
static int sticky;
static __thread void *current;
static u64 used;

static void say(const char *format, ...) {
	char line[1024];
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(line, sizeof line - 2, format, ap);
	va_end(ap);
	if (n > (int)sizeof line - 3) n = sizeof line - 3;
	line[n++] = '\n';
	if (text_len + n + 1 > text_cap) text = realloc(text, text_cap = 2 * (text_len + n + 1) + 4096);
	memcpy(text + text_len, line, n);
	text_len += n;
	text[text_len] = 0;
}

static int fails(const char *call) {
	for (int i = 0; i < nfailures; i++)
		if (!strcmp(failures[i].call, call) && failures[i].after-- <= 0) {
			int r = failures[i].result;
			if (r >= 700 && r < 720) sticky = r;
			return r;
		}
	return 0;
}

EXPORT void stub_reset(void) {
	pthread_mutex_lock(&lock);
	for (int i = 0; i < NSETTINGS; i++) settings[i].value = settings[i].usual;
	nfailures = nthreads = sticky = 0;
	text_len = 0;
	used = 0;
	memset(open_count, 0, sizeof open_count);
	pthread_mutex_unlock(&lock);
}
EXPORT void stub_set(const char *key, long value) {
	for (int i = 0; i < NSETTINGS; i++)
		if (!strcmp(settings[i].key, key)) { settings[i].value = value; return; }
	abort();
}
EXPORT void stub_fail(const char *call, int result, long after) {
	snprintf(failures[nfailures].call, sizeof failures->call, "%s", call);
	failures[nfailures].result = result;
	failures[nfailures++].after = after;
}
EXPORT const char *stub_log(void) { return text && text_len ? text : ""; }
EXPORT long stub_open(const char *kind) {
	for (int i = 0; i < 8; i++)
		if (!strcmp(open_names[i], kind)) return open_count[i];
	abort();
}
EXPORT long stub_threads(void) { return nthreads; }

// ENTER begins a call that needs no context, WITHIN one that needs it on its thread.
static void enter(void) { pthread_mutex_lock(&lock); }
static int leave(int r) { pthread_mutex_unlock(&lock); return r; }
#define ENTER(...) do { enter(); say(__VA_ARGS__); int f_ = fails(__func__); if (f_) return leave(f_); } while (0)
#define WITHIN(...) do { \
	enter(); say(__VA_ARGS__); thread(); \
	int f_ = fails(__func__); if (f_) return leave(f_); \
	if (sticky) return leave(sticky); \
	if (!current) return leave(201); \
} while (0)
#define OK return leave(0)

static void thread(void) {
	long id = syscall(SYS_gettid);
	for (int i = 0; i < nthreads; i++)
		if (threads[i] == id) return;
	if (nthreads < 64) threads[nthreads++] = id;
}

// ---- devices

EXPORT int cuInit(unsigned flags) { ENTER("cuInit %u", flags); OK; }
EXPORT int cuDriverGetVersion(int *v) { ENTER("cuDriverGetVersion"); *v = setting("version"); OK; }
EXPORT int cuDeviceGetCount(int *n) {
	ENTER("cuDeviceGetCount");
	*n = setting("devices");
	return leave(*n ? 0 : 100);
}
EXPORT int cuDeviceGet(int *d, int ordinal) {
	ENTER("cuDeviceGet %d", ordinal);
	*d = ordinal;
	return leave(ordinal >= 0 && ordinal < setting("devices") ? 0 : 101);
}
EXPORT int cuDeviceGetName(char *name, int n, int d) { ENTER("cuDeviceGetName %d", d); snprintf(name, n, "Pretended %d", d); OK; }
EXPORT int cuDeviceTotalMem_v2(size_t *n, int d) { ENTER("cuDeviceTotalMem %d", d); *n = setting("memory"); OK; }
EXPORT int cuDeviceGetAttribute(int *v, int attr, int d) {
	ENTER("cuDeviceGetAttribute %d %d", attr, d);
	switch (attr) {
	case 16: *v = 132; break;
	case 75: *v = setting("major"); break;
	case 76: *v = setting("minor"); break;
	case 97: *v = 232448; break;
	default: return leave(1);
	}
	OK;
}
EXPORT int cuGetErrorName(int r, const char **s) { *s = r == 998 ? "CUDA_ERROR_PRETENDED" : 0; return *s ? 0 : 1; }
EXPORT int cuGetErrorString(int r, const char **s) { *s = r == 998 ? "an error of the stub" : 0; return *s ? 0 : 1; }
EXPORT int cuDevicePrimaryCtxRetain(void **c, int d) { ENTER("cuDevicePrimaryCtxRetain %d", d); *c = (void *)(uintptr_t)(0xc0 + d); open_count[CONTEXT]++; OK; }
EXPORT int cuDevicePrimaryCtxRelease_v2(int d) { ENTER("cuDevicePrimaryCtxRelease %d", d); open_count[CONTEXT]--; OK; }
EXPORT int cuCtxSetCurrent(void *c) { ENTER("cuCtxSetCurrent %d", c != 0); thread(); current = c; OK; }

// ---- memory

EXPORT int cuMemGetInfo_v2(size_t *f, size_t *t) { WITHIN("cuMemGetInfo"); *t = setting("memory"); *f = *t - used; OK; }
EXPORT int cuMemAlloc_v2(u64 *p, size_t n) {
	WITHIN("cuMemAlloc %zu", n);
	if (n > setting("memory") - used) return leave(2);
	size_t *m = aligned_alloc(256, 256 + (n + 255) / 256 * 256);
	if (!m) return leave(2);
	*m = n;
	used += n;
	memset((char *)m + 256, 0xee, n < 1 << 16 ? n : 1 << 16);
	*p = (u64)(uintptr_t)((char *)m + 256);
	open_count[MEMORY]++;
	OK;
}
EXPORT int cuMemFree_v2(u64 p) {
	WITHIN("cuMemFree");
	size_t *m = (size_t *)(uintptr_t)(p - 256);
	used -= *m;
	free(m);
	open_count[MEMORY]--;
	OK;
}
EXPORT int cuMemAllocHost_v2(void **p, size_t n) { WITHIN("cuMemAllocHost %zu", n); *p = malloc(n); open_count[HOST]++; OK; }
EXPORT int cuMemFreeHost(void *p) { WITHIN("cuMemFreeHost"); free(p); open_count[HOST]--; OK; }

// ---- queued work

struct event { double at; int passed; };
struct function { char name[64]; int params; struct module *module; };
struct module { char *image; struct function functions[32]; int n; };
typedef struct op {
	enum { COPY, FILL, KERNEL, GEMM, GEAM, CONV, MARK, REPLAY } kind;
	u64 dst, src, a, b, c;
	long long n, x[24];
	float alpha, beta;
	unsigned word;
	struct event *event;
	struct graph *graph;
	struct function *function;
} op;
struct graph { op *ops; int n, cap; };
struct stream { struct graph queue; struct graph *capture; };

static void push(struct graph *g, op o) {
	if (g->n == g->cap) g->ops = realloc(g->ops, (g->cap = 2 * g->cap + 16) * sizeof o);
	g->ops[g->n++] = o;
}
static void queue(struct stream *s, op o) { push(s->capture ? s->capture : &s->queue, o); }

static double now;
static void gemm(op *o);
static void geam(op *o);
static void conv(op *o);

static void run(op *o) {
	if (sticky) return;
	now += 0.5;
	switch (o->kind) {
	case COPY: memmove((void *)(uintptr_t)o->dst, (void *)(uintptr_t)o->src, o->n); break;
	case FILL: for (long long i = 0; i < o->n; i++) ((unsigned *)(uintptr_t)o->dst)[i] = o->word; break;
	case KERNEL: if (!strcmp(o->function->name, "crash")) sticky = 700; break;
	case GEMM: gemm(o); break;
	case GEAM: geam(o); break;
	case CONV: conv(o); break;
	case MARK: o->event->at = now; o->event->passed = 1; break;
	case REPLAY: for (int i = 0; i < o->graph->n; i++) run(&o->graph->ops[i]); break;
	}
}
// drain does a stream's work, up to a mark where one is given.
static void drain(struct stream *s, struct event *until) {
	int i = 0;
	while (i < s->queue.n) {
		op o = s->queue.ops[i++];
		run(&o);
		if (until && o.kind == MARK && o.event == until) break;
	}
	memmove(s->queue.ops, s->queue.ops + i, (s->queue.n - i) * sizeof(op));
	s->queue.n -= i;
}

EXPORT int cuStreamCreate(struct stream **s, unsigned flags) { WITHIN("cuStreamCreate %u", flags); *s = calloc(1, sizeof **s); open_count[STREAM]++; OK; }
EXPORT int cuStreamDestroy_v2(struct stream *s) { WITHIN("cuStreamDestroy"); free(s->queue.ops); free(s); open_count[STREAM]--; OK; }
EXPORT int cuStreamSynchronize(struct stream *s) {
	WITHIN("cuStreamSynchronize");
	if (s->capture) return leave(900);
	drain(s, 0);
	return leave(sticky);
}
EXPORT int cuStreamBeginCapture_v2(struct stream *s, int mode) {
	WITHIN("cuStreamBeginCapture %d", mode);
	if (s->capture) return leave(900);
	s->capture = calloc(1, sizeof *s->capture);
	OK;
}
EXPORT int cuStreamEndCapture(struct stream *s, struct graph **g) {
	WITHIN("cuStreamEndCapture");
	if (!s->capture) return leave(900);
	*g = s->capture;
	s->capture = 0;
	open_count[GRAPH]++;
	OK;
}
EXPORT int cuGraphInstantiateWithFlags(struct graph **e, struct graph *g, u64 flags) {
	WITHIN("cuGraphInstantiate %d", g->n);
	*e = calloc(1, sizeof **e);
	for (int i = 0; i < g->n; i++) push(*e, g->ops[i]);
	open_count[GRAPH]++;
	OK;
}
EXPORT int cuGraphDestroy(struct graph *g) { WITHIN("cuGraphDestroy"); free(g->ops); free(g); open_count[GRAPH]--; OK; }
EXPORT int cuGraphExecDestroy(struct graph *g) { WITHIN("cuGraphExecDestroy"); free(g->ops); free(g); open_count[GRAPH]--; OK; }
EXPORT int cuGraphLaunch(struct graph *g, struct stream *s) { WITHIN("cuGraphLaunch"); queue(s, (op){.kind = REPLAY, .graph = g}); OK; }

EXPORT int cuEventCreate(struct event **e, unsigned flags) { WITHIN("cuEventCreate %u", flags); *e = calloc(1, sizeof **e); open_count[EVENT]++; OK; }
EXPORT int cuEventDestroy_v2(struct event *e) { WITHIN("cuEventDestroy"); free(e); open_count[EVENT]--; OK; }
static struct stream *last_marked;
EXPORT int cuEventRecord(struct event *e, struct stream *s) {
	WITHIN("cuEventRecord");
	e->passed = 0;
	last_marked = s;
	queue(s, (op){.kind = MARK, .event = e});
	OK;
}
EXPORT int cuEventSynchronize(struct event *e) { WITHIN("cuEventSynchronize"); if (!e->passed) drain(last_marked, e); OK; }
EXPORT int cuEventElapsedTime(float *ms, struct event *a, struct event *b) {
	WITHIN("cuEventElapsedTime");
	if (!a->passed || !b->passed) return leave(600);
	*ms = b->at - a->at;
	OK;
}

EXPORT int cuMemcpyHtoDAsync_v2(u64 dst, void *src, size_t n, struct stream *s) { WITHIN("cuMemcpyHtoDAsync %zu", n); if (s->capture) return leave(900); queue(s, (op){.kind = COPY, .dst = dst, .src = (u64)(uintptr_t)src, .n = n}); OK; }
EXPORT int cuMemcpyDtoHAsync_v2(void *dst, u64 src, size_t n, struct stream *s) { WITHIN("cuMemcpyDtoHAsync %zu", n); if (s->capture) return leave(900); queue(s, (op){.kind = COPY, .dst = (u64)(uintptr_t)dst, .src = src, .n = n}); OK; }
EXPORT int cuMemcpyDtoDAsync_v2(u64 dst, u64 src, size_t n, struct stream *s) { WITHIN("cuMemcpyDtoDAsync %zu", n); queue(s, (op){.kind = COPY, .dst = dst, .src = src, .n = n}); OK; }
EXPORT int cuMemsetD32Async(u64 dst, unsigned word, size_t n, struct stream *s) { WITHIN("cuMemsetD32Async %u %zu", word, n); queue(s, (op){.kind = FILL, .dst = dst, .word = word, .n = n}); OK; }

// ---- modules. An image is "STUB sm_90\n" or "STUB compute_90\n" and the source.

EXPORT int cuModuleLoadData(struct module **m, const char *image) {
	WITHIN("cuModuleLoadData %.*s", (int)strcspn(image, "\n"), image);
	int arch;
	if (sscanf(image, "STUB sm_%d", &arch) == 1) {
		if (arch != 10 * setting("major") + setting("minor")) return leave(209);
	} else if (sscanf(image, "STUB compute_%d", &arch) != 1) return leave(200);
	struct module *new = calloc(1, sizeof *new);
	new->image = strdup(image);
	for (char *p = new->image; (p = strstr(p, "__global__")); p++) {
		char *open = strchr(p, '('), *close;
		if (!open || !(close = strchr(open, ')'))) continue;
		char *start = open;
		while (start[-1] != ' ' && start[-1] != '*') start--;
		struct function *f = &new->functions[new->n++];
		snprintf(f->name, sizeof f->name, "%.*s", (int)(open - start), start);
		f->module = new;
		f->params = close > open + 1;
		for (char *q = open; q < close; q++) f->params += *q == ',';
	}
	*m = new;
	open_count[MODULE]++;
	OK;
}
EXPORT int cuModuleUnload(struct module *m) { WITHIN("cuModuleUnload"); free(m->image); free(m); open_count[MODULE]--; OK; }
EXPORT int cuModuleGetFunction(struct function **f, struct module *m, const char *name) {
	WITHIN("cuModuleGetFunction %s", name);
	for (int i = 0; i < m->n; i++)
		if (!strcmp(m->functions[i].name, name)) { *f = &m->functions[i]; OK; }
	return leave(500);
}
EXPORT int cuFuncSetAttribute(struct function *f, int attr, int value) { WITHIN("cuFuncSetAttribute %s %d %d", f->name, attr, value); OK; }
EXPORT int cuLaunchKernel(struct function *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, struct stream *s, void **params, void **extra) {
	char words[512] = "";
	for (int i = 0, n = 0; i < f->params && n < 480; i++) {
		unsigned w;
		memcpy(&w, params[i], 4);
		n += snprintf(words + n, sizeof words - n, " %x", w);
	}
	WITHIN("cuLaunchKernel %s %u,%u,%u %u,%u,%u %u:%s", f->name, gx, gy, gz, bx, by, bz, shared, words);
	queue(s, (op){.kind = KERNEL, .function = f});
	OK;
}

// ---- NVRTC

struct program { char *source, *name, *log, *image; };
EXPORT int nvrtcVersion(int *major, int *minor) { *major = setting("nvrtc") / 1000; *minor = setting("nvrtc") % 1000 / 10; return 0; }
EXPORT const char *nvrtcGetErrorString(int r) { return r == 6 ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR_PRETENDED"; }
static const int archs[] = {50, 60, 70, 75, 80, 86, 89, 90, 100, 120};
static int narchs(void) { int n = 0; while (n < 10 && archs[n] <= setting("newest")) n++; return n; }
EXPORT int nvrtcGetNumSupportedArchs(int *n) { *n = narchs(); return 0; }
EXPORT int nvrtcGetSupportedArchs(int *list) { memcpy(list, archs, narchs() * sizeof *archs); return 0; }
EXPORT int nvrtcCreateProgram(struct program **p, const char *source, const char *name, int n, const char **headers, const char **names) {
	ENTER("nvrtcCreateProgram %s, %d headers", name, n);
	for (int i = 0; i < n; i++) say("header %s: %zu bytes", names[i], strlen(headers[i]));
	*p = calloc(1, sizeof **p);
	(*p)->source = strdup(source);
	(*p)->name = strdup(name);
	open_count[HANDLE]++;
	OK;
}
EXPORT int nvrtcCompileProgram(struct program *p, int n, const char **options) {
	char all[512] = "";
	const char *arch = "?";
	for (int i = 0; i < n; i++) {
		strncat(all, " ", sizeof all - strlen(all) - 1);
		strncat(all, options[i], sizeof all - strlen(all) - 1);
		if (!strncmp(options[i], "--gpu-architecture=", 19)) arch = options[i] + 19;
	}
	ENTER("nvrtcCompileProgram%s", all);
	if (strstr(p->source, "#error")) {
		p->log = malloc(256);
		snprintf(p->log, 256, "%s(1): error: #error directive\n\n1 error detected in the compilation of \"%s\".\n", p->name, p->name);
		return leave(6);
	}
	p->image = malloc(strlen(p->source) + 64);
	sprintf(p->image, "STUB %s\n%s", arch, p->source);
	OK;
}
static int get(char *to, const char *from) { strcpy(to, from ? from : ""); return 0; }
EXPORT int nvrtcGetProgramLogSize(struct program *p, size_t *n) { *n = p->log ? strlen(p->log) + 1 : 1; return 0; }
EXPORT int nvrtcGetProgramLog(struct program *p, char *to) { return get(to, p->log); }
EXPORT int nvrtcGetCUBINSize(struct program *p, size_t *n) { *n = strlen(p->image) + 1; return 0; }
EXPORT int nvrtcGetCUBIN(struct program *p, char *to) { ENTER("nvrtcGetCUBIN"); get(to, p->image); OK; }
EXPORT int nvrtcGetPTXSize(struct program *p, size_t *n) { *n = strlen(p->image) + 1; return 0; }
EXPORT int nvrtcGetPTX(struct program *p, char *to) { ENTER("nvrtcGetPTX"); get(to, p->image); OK; }
EXPORT int nvrtcDestroyProgram(struct program **p) {
	ENTER("nvrtcDestroyProgram");
	free((*p)->source), free((*p)->name), free((*p)->log), free((*p)->image), free(*p);
	*p = 0;
	open_count[HANDLE]--;
	OK;
}

// ---- cuBLAS, which thinks in columns

struct blas { struct stream *stream; void *workspace; };
EXPORT int cublasGetProperty(int what, int *v) { *v = (int[]){12, 4, 5}[what]; return 0; }
EXPORT int cublasCreate_v2(struct blas **h) { WITHIN("cublasCreate"); *h = calloc(1, sizeof **h); open_count[HANDLE]++; OK; }
EXPORT int cublasDestroy_v2(struct blas *h) { WITHIN("cublasDestroy"); free(h); open_count[HANDLE]--; OK; }
EXPORT int cublasSetStream_v2(struct blas *h, struct stream *s) { WITHIN("cublasSetStream"); h->stream = s; OK; }
EXPORT int cublasSetWorkspace_v2(struct blas *h, void *p, size_t n) { WITHIN("cublasSetWorkspace %zu", n); h->workspace = p; OK; }
EXPORT int cublasSetMathMode(struct blas *h, int mode) { WITHIN("cublasSetMathMode %d", mode); OK; }
EXPORT int cublasGemmStridedBatchedEx(struct blas *h, int ta, int tb, int m, int n, int k, const float *alpha,
	u64 a, int at, int lda, long long sa, u64 b, int bt, int ldb, long long sb, const float *beta,
	u64 c, int ct, int ldc, long long sc, int batch, int compute, int algo) {
	WITHIN("cublasGemmStridedBatchedEx %d%d %d %d %d, %d times, compute %d algo %d", ta, tb, m, n, k, batch, compute, algo);
	if (at || bt || ct) return leave(15);
	if (h->stream->capture && !h->workspace) return leave(14);
	queue(h->stream, (op){.kind = GEMM, .a = a, .b = b, .c = c, .alpha = *alpha, .beta = *beta,
		.x = {ta, tb, m, n, k, lda, ldb, ldc, sa, sb, sc, batch}});
	OK;
}
static void gemm(op *o) {
	long long *x = o->x, m = x[2], n = x[3], k = x[4];
	for (long long t = 0; t < x[11]; t++) {
		float *a = (float *)(uintptr_t)o->a + t * x[8], *b = (float *)(uintptr_t)o->b + t * x[9], *c = (float *)(uintptr_t)o->c + t * x[10];
		for (long long i = 0; i < m; i++)
			for (long long j = 0; j < n; j++) {
				double sum = 0;
				for (long long l = 0; l < k; l++)
					sum += (double)a[x[0] ? l + i * x[5] : i + l * x[5]] * b[x[1] ? j + l * x[6] : l + j * x[6]];
				float *to = &c[i + j * x[7]];
				*to = o->alpha * sum + (o->beta ? o->beta * *to : 0);
			}
	}
}
EXPORT int cublasSgeam(struct blas *h, int ta, int tb, int m, int n, const float *alpha, u64 a, int lda, const float *beta, u64 b, int ldb, u64 c, int ldc) {
	WITHIN("cublasSgeam %d%d %d %d", ta, tb, m, n);
	if (tb || *beta || *alpha != 1 || !ta) return leave(15);
	queue(h->stream, (op){.kind = GEAM, .a = a, .c = c, .x = {m, n, lda, ldc}});
	OK;
}
static void geam(op *o) {
	for (long long i = 0; i < o->x[0]; i++)
		for (long long j = 0; j < o->x[1]; j++)
			((float *)(uintptr_t)o->c)[i + j * o->x[3]] = ((float *)(uintptr_t)o->a)[j + i * o->x[2]];
}

// ---- cuDNN

struct dnn { struct stream *stream; };
struct desc { int n, c, h, w; };                               // of a tensor, or of a filter: out, in, height, width
struct cdesc { int ph, pw, sh, sw, dh, dw, groups; };
struct perf { int algo, status; float ms; size_t memory; int determinism, math, reserved[3]; };
EXPORT size_t cudnnGetVersion(void) { return 90100; }
EXPORT int cudnnCreate(struct dnn **h) { WITHIN("cudnnCreate"); *h = calloc(1, sizeof **h); open_count[HANDLE]++; OK; }
EXPORT int cudnnDestroy(struct dnn *h) { WITHIN("cudnnDestroy"); free(h); open_count[HANDLE]--; OK; }
EXPORT int cudnnSetStream(struct dnn *h, struct stream *s) { WITHIN("cudnnSetStream"); h->stream = s; OK; }
#define DESCRIPTOR(kind, type) \
	EXPORT int cudnnCreate##kind##Descriptor(struct type **d) { ENTER("cudnnCreate" #kind "Descriptor"); *d = calloc(1, sizeof **d); open_count[HANDLE]++; OK; } \
	EXPORT int cudnnDestroy##kind##Descriptor(struct type *d) { ENTER("cudnnDestroy" #kind "Descriptor"); free(d); open_count[HANDLE]--; OK; }
DESCRIPTOR(Tensor, desc)
DESCRIPTOR(Filter, desc)
DESCRIPTOR(Convolution, cdesc)
EXPORT int cudnnSetTensor4dDescriptor(struct desc *d, int format, int type, int n, int c, int h, int w) { ENTER("cudnnSetTensor4dDescriptor %d %d %d %d", n, c, h, w); *d = (struct desc){n, c, h, w}; return leave(format == 1 && type == 0 ? 0 : 2000); }
EXPORT int cudnnSetFilter4dDescriptor(struct desc *d, int type, int format, int k, int c, int h, int w) { ENTER("cudnnSetFilter4dDescriptor %d %d %d %d", k, c, h, w); *d = (struct desc){k, c, h, w}; return leave(format == 1 && type == 0 ? 0 : 2000); }
EXPORT int cudnnSetConvolution2dDescriptor(struct cdesc *d, int ph, int pw, int sh, int sw, int dh, int dw, int mode, int type) {
	ENTER("cudnnSetConvolution2dDescriptor");
	*d = (struct cdesc){ph, pw, sh, sw, dh, dw, 1};
	return leave(mode == 1 && type == 0 ? 0 : 2000);
}
EXPORT int cudnnSetConvolutionMathType(struct cdesc *d, int math) { ENTER("cudnnSetConvolutionMathType %d", math); OK; }
EXPORT int cudnnSetConvolutionGroupCount(struct cdesc *d, int n) { ENTER("cudnnSetConvolutionGroupCount %d", n); d->groups = n; OK; }
// The first algorithm that is recommended is not deterministic, the second needs memory.
static int recommend(int most, int *found, struct perf *list) {
	*found = 2;
	list[0] = (struct perf){.algo = 0, .determinism = 0};
	list[1] = (struct perf){.algo = 1, .determinism = 1, .memory = 1000, .math = 3};
	return 0;
}
EXPORT int cudnnGetConvolutionForwardAlgorithm_v7(struct dnn *h, struct desc *x, struct desc *w, struct cdesc *c, struct desc *y, int most, int *found, struct perf *list) { ENTER("cudnnGetConvolutionForwardAlgorithm_v7"); return leave(recommend(most, found, list)); }
EXPORT int cudnnGetConvolutionBackwardDataAlgorithm_v7(struct dnn *h, struct desc *w, struct desc *y, struct cdesc *c, struct desc *x, int most, int *found, struct perf *list) { ENTER("cudnnGetConvolutionBackwardDataAlgorithm_v7"); return leave(recommend(most, found, list)); }
EXPORT int cudnnGetConvolutionBackwardFilterAlgorithm_v7(struct dnn *h, struct desc *x, struct desc *y, struct cdesc *c, struct desc *w, int most, int *found, struct perf *list) { ENTER("cudnnGetConvolutionBackwardFilterAlgorithm_v7"); return leave(recommend(most, found, list)); }
static int queue_conv(int pass, struct dnn *h, struct desc *x, u64 xp, struct desc *w, u64 wp, struct desc *y, u64 yp, struct cdesc *c, int algo, size_t room, const float *alpha, const float *beta) {
	if (algo != 1 || room < 1000 || *alpha != 1 || *beta != 0) return leave(2000);
	queue(h->stream, (op){.kind = CONV, .a = xp, .b = wp, .c = yp, .x = {pass, x->n, x->c, x->h, x->w, w->n, w->c, w->h, w->w, y->h, y->w,
		c->ph, c->pw, c->sh, c->sw, c->dh, c->dw, c->groups}});
	OK;
}
EXPORT int cudnnConvolutionForward(struct dnn *h, const float *alpha, struct desc *x, u64 xp, struct desc *w, u64 wp, struct cdesc *c, int algo, u64 room, size_t n, const float *beta, struct desc *y, u64 yp) {
	WITHIN("cudnnConvolutionForward %d %zu", algo, n);
	return queue_conv(0, h, x, xp, w, wp, y, yp, c, algo, n, alpha, beta);
}
EXPORT int cudnnConvolutionBackwardData(struct dnn *h, const float *alpha, struct desc *w, u64 wp, struct desc *y, u64 yp, struct cdesc *c, int algo, u64 room, size_t n, const float *beta, struct desc *x, u64 xp) {
	WITHIN("cudnnConvolutionBackwardData %d %zu", algo, n);
	return queue_conv(1, h, x, xp, w, wp, y, yp, c, algo, n, alpha, beta);
}
EXPORT int cudnnConvolutionBackwardFilter(struct dnn *h, const float *alpha, struct desc *x, u64 xp, struct desc *y, u64 yp, struct cdesc *c, int algo, u64 room, size_t n, const float *beta, struct desc *w, u64 wp) {
	WITHIN("cudnnConvolutionBackwardFilter %d %zu", algo, n);
	return queue_conv(2, h, x, xp, w, wp, y, yp, c, algo, n, alpha, beta);
}
static void conv(op *o) {
	long long *x = o->x, pass = x[0], N = x[1], C = x[2], H = x[3], W = x[4], K = x[5], c = x[6], R = x[7], S = x[8], P = x[9], Q = x[10], groups = x[17];
	float *in = (float *)(uintptr_t)o->a, *w = (float *)(uintptr_t)o->b, *out = (float *)(uintptr_t)o->c;
	if (pass == 0) memset(out, 0, N * P * Q * K * 4);
	if (pass == 1) memset(in, 0, N * H * W * C * 4);
	if (pass == 2) memset(w, 0, K * R * S * c * 4);
	for (long long n = 0; n < N; n++) for (long long p = 0; p < P; p++) for (long long q = 0; q < Q; q++) for (long long k = 0; k < K; k++)
		for (long long r = 0; r < R; r++) for (long long s = 0; s < S; s++) for (long long i = 0; i < c; i++) {
			long long h = p * x[13] - x[11] + r * x[15], v = q * x[14] - x[12] + s * x[16];
			if (h < 0 || h >= H || v < 0 || v >= W) continue;
			float *xi = &in[((n * H + h) * W + v) * C + k / (K / groups) * c + i], *wi = &w[((k * R + r) * S + s) * c + i], *yo = &out[((n * P + p) * Q + q) * K + k];
			if (pass == 0) *yo += *xi * *wi;
			if (pass == 1) *xi += *yo * *wi;
			if (pass == 2) *wi += *xi * *yo;
		}
}
