package nvidia

import (
	"fmt"
	"math"
	"reflect"
	"runtime"
	"sync"
	"unsafe"

	"github.com/netc-lang/netc/runtime/device"
)

// arguments are the values that a kernel starts with, laid out as C reads them: addresses, each of a value in words.
type arguments struct {
	words  []uint64
	params []uintptr
}

// pack copies the arguments of a launch. The copies lie in memory that does not move, and live as long as the result.
func pack(args []any) (*arguments, error) {
	n := 0
	for i, a := range args {
		w, err := wordsOf(a)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		n += w
	}
	p := &arguments{words: make([]uint64, n+1), params: make([]uintptr, len(args)+1)}
	at := 0
	for i, a := range args {
		p.params[i] = uintptr(unsafe.Pointer(&p.words[at]))
		at += store(p.words[at:], a)
	}
	return p, nil
}

// keep is called after the last use of the addresses in params.
func (p *arguments) keep() { runtime.KeepAlive(p) }

// wordsOf is the number of 64-bit words that a value takes.
func wordsOf(a any) (int, error) {
	switch a.(type) {
	case device.Pointer, int32, uint32, int64, uint64, float32:
		return 1, nil
	case nil:
		return 0, fmt.Errorf("nil cannot be passed to a kernel")
	}
	t := reflect.TypeOf(a)
	if why := passable(t); why != "" {
		return 0, fmt.Errorf("a %v cannot be passed to a kernel: %s", t, why)
	}
	return int(t.Size()+7) / 8, nil
}

// store writes a value and returns the number of words taken.
func store(to []uint64, a any) int {
	switch v := a.(type) {
	case device.Pointer:
		to[0] = uint64(v)
	case int32:
		to[0] = uint64(uint32(v))
	case uint32:
		to[0] = uint64(v)
	case int64:
		to[0] = uint64(v)
	case uint64:
		to[0] = v
	case float32:
		to[0] = uint64(math.Float32bits(v))
	default:
		t := reflect.TypeOf(a)
		reflect.NewAt(t, unsafe.Pointer(&to[0])).Elem().Set(reflect.ValueOf(a))
		return int(t.Size()+7) / 8
	}
	return 1
}

var passableTypes sync.Map // reflect.Type to string: why not, or empty

// passable says why a type is not laid out alike in Go and C, or nothing where it is.
func passable(t reflect.Type) string {
	if why, ok := passableTypes.Load(t); ok {
		return why.(string)
	}
	why := "it must be a device.Pointer, int32, uint32, int64, uint64, float32, or a struct of such fields"
	if t.Kind() == reflect.Struct {
		why = unlike(t)
	}
	passableTypes.Store(t, why)
	return why
}

func unlike(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int32, reflect.Uint32, reflect.Int64, reflect.Uint64, reflect.Float32:
		return ""
	case reflect.Array:
		return unlike(t.Elem())
	case reflect.Struct:
		if t.NumField() == 0 {
			return fmt.Sprintf("%v has no fields, which C does not allow", t)
		}
		for i := range t.NumField() {
			f := t.Field(i)
			if why := unlike(f.Type); why != "" {
				return fmt.Sprintf("field %s: %s", f.Name, why)
			}
		}
		return ""
	}
	return fmt.Sprintf("%v differs from C's types in size or meaning", t)
}
