package cuda

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// activation is an elementwise function and its gradient as functions of text/activation.cu: activation_<name>(x, alpha) and
// activation_<name>_dx(x or y, dy, alpha). A gradient reads x (input 0) or y (input 1), whichever is cheaper.
type activation struct {
	name  string
	reads int
}

var activations = []activation{
	{"relu", 1}, {"leaky_relu", 0}, {"elu", 0}, {"gelu", 0}, {"silu", 0}, {"tanh", 1}, {"sigmoid", 1}, {"softplus", 0},
}

var _ = func() (done []struct{}) {
	for _, a := range activations {
		done = append(done, register(a.name, entry{
			shape: noUnary,
			expression: func(e *expression, _ kernel.Step) {
				e.set("%s", a.call(e, e.full(0)))
			},
			link: func(e *expression, _ kernel.Step, l kernel.Link) bool {
				if l.At != 0 {
					return false
				}
				e.set("%s", a.call(e, "v"))
				return true
			},
		}), register(a.name+"_dx", entry{
			shape:  noUnary,
			unread: 1 << (1 - a.reads),
			expression: func(e *expression, _ kernel.Step) {
				e.set("%s", a.gradient(e, e.full(a.reads), e.full(2)))
			},
			link: func(e *expression, _ kernel.Step, l kernel.Link) bool {
				switch {
				case l.In < 0:
					return false
				case l.At == 2:
					e.set("%s", a.gradient(e, e.full(l.In), "v"))
				case l.At == a.reads:
					e.set("%s", a.gradient(e, "v", e.full(l.In)))
				default:
					return false
				}
				return true
			},
		}))
	}
	return done
}()

// takesAlpha are the functions with a parameter.
func takesAlpha(name string) bool { return name == "leaky_relu" || name == "elu" }

func (a activation) call(e *expression, x string) string {
	e.unit("activation")
	if takesAlpha(a.name) {
		return fmt.Sprintf("activation_%s(%s, %s)", a.name, x, e.number(alphaOf))
	}
	return fmt.Sprintf("activation_%s(%s)", a.name, x)
}

func (a activation) gradient(e *expression, x, dy string) string {
	e.unit("activation")
	if takesAlpha(a.name) {
		return fmt.Sprintf("activation_%s_dx(%s, %s, %s)", a.name, x, dy, e.number(alphaOf))
	}
	return fmt.Sprintf("activation_%s_dx(%s, %s)", a.name, x, dy)
}

func alphaOf(attrs any) float32 {
	if u, ok := attrs.(op.Unary); ok {
		return float32(u.Alpha)
	}
	return 0
}

// noUnary drops the parameter, which kernels read from a table.
func noUnary(any) any { return nil }
