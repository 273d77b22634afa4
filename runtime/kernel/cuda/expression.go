package cuda

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strings"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/rng"
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel"
)

// expression writes a kernel that computes each element of its output by itself, as a function of the inputs and of the element's
// place. A thread computes one element at a time, or four neighbours where everything lies so that they can be read and written
// at once; the text is the same, a template over the number.
//
// In the code, v is the result so far, i the element's place in the output, base the first of the four and j the place among them.
type expression struct {
	step kernel.Step
	at   int // the link being written; -1 for the first operation

	params []param
	known  map[string]string
	head   strings.Builder // once a thread
	loads  strings.Builder // once for four elements
	body   strings.Builder // once an element

	words   int // of the table of numbers
	numbers []func(b *Binding, t int) []uint32
	tables  []constant
	units   []string
	aligned []int // extents that must be multiples of 4 for four at once
}

// param is a parameter of the kernel.
type param struct {
	declared string // "netc_tensor x0"
	value    func(b *Binding) any
}

func newExpression(s kernel.Step) *expression {
	return &expression{step: s, at: -1, known: map[string]string{}}
}

// attrs are the attributes of the operation being written, in the step of trial t.
func (e *expression) attrs() func(s kernel.Step) any {
	if e.at < 0 {
		return func(s kernel.Step) any { return s.Attrs }
	}
	at := e.at
	return func(s kernel.Step) any { return s.Then[at].Attrs }
}

func (e *expression) param(kind, name string, value func(b *Binding) any) {
	e.params = append(e.params, param{kind + " " + name, value})
}

// once gives the name made for a key, making it the first time.
func (e *expression) once(key, prefix string, make func(name string)) string {
	name, ok := e.known[key]
	if !ok {
		name = fmt.Sprintf("%s%d", prefix, len(e.known))
		e.known[key] = name
		make(name)
	}
	return name
}

// pointer is input k of the step: a pointer to the trial's first element.
func (e *expression) pointer(k int) string {
	return e.once(fmt.Sprint("input ", k), "p", func(name string) {
		e.param("netc_tensor", name+"_", func(b *Binding) any { return arg(b.In[k]) })
		fmt.Fprintf(&e.head, "  const float *%s = netc_at(%s_, t);\n", name, name)
	})
}

// full is the element of input k at the place of v: the input has the output's shape.
func (e *expression) full(k int) string {
	return e.once(fmt.Sprint("full ", k), "x", func(name string) {
		fmt.Fprintf(&e.loads, "    float %s[V];\n    netc_load(%s, %s + base);\n", name, name, e.pointer(k))
	}) + "[j]"
}

// result lets v be what earlier kernels have left in the output.
func (e *expression) result() {
	fmt.Fprint(&e.loads, "    float before[V];\n    netc_load(before, out + base);\n")
	e.set("before[j]")
}

// size is a number of the step's shape.
func (e *expression) size(n int) string {
	return e.once(fmt.Sprint("size ", n), "n", func(name string) {
		e.param("unsigned", name, func(*Binding) any { return uint32(n) })
	})
}

// share is 1 over a number of the step's shape, a float.
func (e *expression) share(n int) string {
	return e.once(fmt.Sprint("share ", n), "f", func(name string) {
		e.param("float", name, func(*Binding) any { return 1 / float32(n) })
	})
}

// divisor is a number of the step's shape to divide by.
func (e *expression) divisor(n int) string {
	return e.once(fmt.Sprint("divisor ", n), "d", func(name string) {
		e.param("netc_div", name, func(*Binding) any { return newDiv(n) })
	})
}

// over and rest are the quotient and the rest of a whole number and a number of the step's shape.
func (e *expression) over(what string, n int) string {
	return fmt.Sprintf("netc_quotient(%s, %s)", what, e.divisor(n))
}

func (e *expression) rest(what string, n int) string {
	return fmt.Sprintf("netc_rest(%s, %s)", what, e.divisor(n))
}

// within is the place of v in a period of n elements, which divides the output.
func (e *expression) within(n int) string {
	return "(" + e.once(fmt.Sprint("within ", n), "c", func(name string) {
		e.aligned = append(e.aligned, n)
		fmt.Fprintf(&e.loads, "    const unsigned %s = %s;\n", name, e.rest("base", n))
	}) + " + j)"
}

// period is the number of the period of n elements that v lies in.
func (e *expression) period(n int) string {
	return e.once(fmt.Sprint("period ", n), "r", func(name string) {
		e.aligned = append(e.aligned, n)
		fmt.Fprintf(&e.loads, "    const unsigned %s = %s;\n", name, e.over("base", n))
	})
}

// word is a 32-bit number that each trial has its own of.
func (e *expression) word(words int, of func(b *Binding, t int) []uint32) int {
	at := e.words
	e.words += words
	e.numbers = append(e.numbers, of)
	return at
}

// number is a float32 computed from the attributes of each trial.
func (e *expression) number(of func(attrs any) float32) string {
	attrs := e.attrs()
	at := e.word(1, func(b *Binding, t int) []uint32 { return []uint32{math.Float32bits(of(attrs(b.Steps[t])))} })
	name := fmt.Sprint("k", at)
	fmt.Fprintf(&e.head, "  const float %s = __uint_as_float(numbers[%d]);\n", name, at)
	return name
}

// whole is a 32-bit whole number computed from the attributes of each trial.
func (e *expression) whole(of func(attrs any) uint32) string {
	attrs := e.attrs()
	at := e.word(1, func(b *Binding, t int) []uint32 { return []uint32{of(attrs(b.Steps[t]))} })
	name := fmt.Sprint("k", at)
	fmt.Fprintf(&e.head, "  const unsigned %s = numbers[%d];\n", name, at)
	return name
}

// double is number in float64.
func (e *expression) double(of func(attrs any) float64) string {
	attrs := e.attrs()
	at := e.word(2, func(b *Binding, t int) []uint32 {
		w := math.Float64bits(of(attrs(b.Steps[t])))
		return []uint32{uint32(w), uint32(w >> 32)}
	})
	name := fmt.Sprint("k", at)
	fmt.Fprintf(&e.head, "  const double %s = __hiloint2double(numbers[%d], numbers[%d]);\n", name, at+1, at)
	return name
}

// apply writes the operations fused behind the first. It reports whether all can be.
func (e *expression) apply() bool {
	for i, l := range e.step.Then {
		e.at = i
		next := entries[l.Op]
		if next.link == nil || !next.link(e, e.step, l) {
			return false
		}
	}
	return true
}

// block draws the random block of four neighbouring elements and gives its name; word j of it, or the one that a single element
// has, is at(…).
func (e *expression) block(purpose rng.Purpose, path func(attrs any) string, shape op.Shape) (block string, at string) {
	attrs := e.attrs()
	key := e.word(2, func(b *Binding, t int) []uint32 {
		k := rng.New(b.Env.Seeds[t], purpose, path(attrs(b.Steps[t]))).Key()
		return k[:]
	})
	e.unit("random")
	per := shape.Size() / shape[0]
	within := strings.TrimSuffix(strings.TrimPrefix(e.within(per), "("), " + j)")
	example := e.period(per)
	step := e.once("step", "s", func(name string) {
		e.param("const unsigned long long *", name+"_", func(b *Binding) any { return b.Env.Step })
		fmt.Fprintf(&e.head, "  const unsigned long long %s = *%s_;\n", name, name)
	})
	block = fmt.Sprint("b", key)
	fmt.Fprintf(&e.loads, "    const uint4 %s = random_philox(numbers[%d], numbers[%d], %s / 4, %s, (unsigned)%s, (unsigned)(%s >> 32));\n", block, key, key+1, within, example, step, step)
	return block, fmt.Sprintf("((%s & 3) + j)", within)
}

func (e *expression) unit(name string) {
	for _, u := range e.units {
		if u == name {
			return
		}
	}
	e.units = append(e.units, name)
}

// set makes v the value of an expression.
func (e *expression) set(format string, args ...any) {
	fmt.Fprintf(&e.body, "      v = %s;\n", fmt.Sprintf(format, args...))
}

// parameters are those of the kernel beyond its own, with what they are bound to.
func (e *expression) parameters() (declared []string, bind func(b *Binding) ([]any, error)) {
	if e.words > 0 {
		declared = append(declared, "const unsigned *numbers")
	}
	for _, c := range e.tables {
		declared = append(declared, "const unsigned *"+c.name)
	}
	for _, q := range e.params {
		declared = append(declared, q.declared)
	}
	return declared, func(b *Binding) ([]any, error) {
		var args []any
		if e.words > 0 {
			var words []uint32
			for t := range b.Trials() {
				for _, of := range e.numbers {
					words = append(words, of(b, t)...)
				}
			}
			table, err := b.Env.Table(words)
			if err != nil {
				return nil, err
			}
			args = append(args, table)
		}
		for _, c := range e.tables {
			table, err := b.Env.Table(c.words(b))
			if err != nil {
				return nil, err
			}
			args = append(args, table)
		}
		for _, q := range e.params {
			args = append(args, q.value(b))
		}
		return args, nil
	}
}

// start is the code of a thread's start.
func (e *expression) start() string {
	if e.words == 0 {
		return e.head.String()
	}
	return fmt.Sprintf("  numbers += %du * t;\n%s", e.words, e.head.String())
}

// named are the names of parameters.
func named(declared []string) []string {
	names := make([]string, len(declared))
	for i, d := range declared {
		names[i] = d[strings.LastIndexAny(d, " *")+1:]
	}
	return names
}

// unitOf makes a unit of a text that has NAME for its name, which is a hash of the text.
func unitOf(prefix, text string) Unit {
	sum := sha256.Sum256([]byte(text))
	name := prefix + hex.EncodeToString(sum[:8])
	return Unit{name, strings.ReplaceAll(text, "NAME", name)}
}

// finish adds the kernel to a program.
func (e *expression) finish(p *program) {
	declared, bind := e.parameters()
	declared = append([]string{"netc_tensor out_", "unsigned n"}, declared...)
	list, call := strings.Join(declared, ", "), strings.Join(named(declared), ", ")
	u := unitOf("chain_", fmt.Sprintf(`template <int V> static __device__ __forceinline__ void NAME_of(%s) {
  const unsigned t = blockIdx.z;
  float *out = netc_at(out_, t);
%s  for (unsigned base = (blockIdx.x * blockDim.x + threadIdx.x) * V; base < n; base += gridDim.x * blockDim.x * V) {
%s    float r[V];
#pragma unroll
    for (unsigned j = 0; j < V; j++) {
      const unsigned i = base + j;
      (void)i;
      float v;
%s      r[j] = v;
    }
    netc_store(out + base, r);
  }
}
extern "C" __global__ void __launch_bounds__(256) NAME(%s) { NAME_of<1>(%s); }
extern "C" __global__ void __launch_bounds__(256) NAME_4(%s) { NAME_of<4>(%s); }
`, list, e.start(), e.loads.String(), e.body.String(), list, call, list, call))
	p.units = append(p.units, fixed(e.units...)...)
	p.units = append(p.units, u)
	p.add(func(b *Binding) (Job, error) {
		more, err := bind(b)
		if err != nil {
			return nil, err
		}
		args := append([]any{arg(b.Out), uint32(e.step.Out.Size())}, more...)
		n, name := e.step.Out.Size(), u.Name
		if e.four(args) {
			name, n = name+"_4", n/4
		}
		return b.launch(name, grid{blocks: min(ceil(n, perBlock), maxBlocks), threads: perBlock}, args...)
	})
}

// behind makes the expression, whose first operation is another kernel's, a structure that the kernel applies to its results: V
// neighbours from element base on.
func (e *expression) behind() (u Unit, declared []string, bind func(b *Binding) ([]any, error)) {
	declared, bind = e.parameters()
	fields := strings.Join(declared, ";\n  ")
	if fields != "" {
		fields = "  " + fields + ";\n"
	}
	numbers := ""
	if e.words > 0 {
		numbers = "    const unsigned *numbers = this->numbers;\n"
	}
	u = unitOf("behind_", fmt.Sprintf(`struct NAME {
%s  template <int V> __device__ __forceinline__ void apply(unsigned base, float (&r)[V]) const {
    const unsigned t = blockIdx.z;
    (void)t;
%s%s%s#pragma unroll
    for (unsigned j = 0; j < V; j++) {
      const unsigned i = base + j;
      (void)i;
      float v = r[j];
%s      r[j] = v;
    }
  }
};
`, fields, numbers, e.start(), e.loads.String(), e.body.String()))
	return u, declared, bind
}

const perBlock = 256 // threads

// maxBlocks bounds the grid of a loop over elements: enough to fill any card, few enough that each thread has some work.
const maxBlocks = 4096

// four reports whether four elements can be computed at once.
func (e *expression) four(args []any) bool {
	for _, n := range append([]int{e.step.Out.Size()}, e.aligned...) {
		if n%4 != 0 {
			return false
		}
	}
	for _, a := range args {
		if t, ok := a.(tensor); ok && !fourAligned(t) {
			return false
		}
	}
	return true
}

// fourAligned reports whether every trial's tensor starts at a multiple of 16 bytes.
func fourAligned(t tensor) bool { return t.At%device.Pointer(16) == 0 && t.Stride%4 == 0 }
