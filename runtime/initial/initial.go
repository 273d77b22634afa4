package initial

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strings"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/rng"
	"github.com/netc-lang/netc/lang/diag"
)

// Draws are the standardized draws of one parameter.
type Draws struct {
	stream rng.Stream
	index  uint32
}

// Normal fills dst with standard normal draws.
func (d Draws) Normal(dst []float32) { rng.FillNormal(d.stream, dst, d.index, 0, 0) }

// Uniform fills dst with draws from [-1, 1).
func (d Draws) Uniform(dst []float32) {
	rng.FillUniform(d.stream, dst, d.index, 0, 0)
	for i, u := range dst {
		dst[i] = float32(2*u) - 1
	}
}

type spec struct {
	signature catalog.Signature
	hidden    bool // for the compiler's own use, not a word of the language
	// check finds mistakes that types cannot; nil has none to find.
	check func(n *model.Node) *diag.Diagnostic
	fill  func(a model.Args, p *network.Param, d Draws, dst []float32)
}

var specs []spec

func register(s spec) spec { specs = append(specs, s); return s }

// Signatures lists the initializers for the catalog.
func Signatures() []catalog.Signature {
	var list []catalog.Signature
	for _, s := range specs {
		if !s.hidden {
			list = append(list, s.signature)
		}
	}
	return list
}

func lookup(name string) *spec {
	for i := range specs {
		if specs[i].signature.Name == name {
			return &specs[i]
		}
	}
	return nil
}

// Check finds mistakes in an initializer's constructor that its signature cannot express; nil where there are none.
func Check(n *model.Node) *diag.Diagnostic {
	s := lookup(n.Name)
	if s == nil {
		return diag.Errorf(UnknownInitializer, n.Span, "there is no initializer %s", n.Name)
	}
	if s.check == nil {
		return nil
	}
	return s.check(n)
}

// All fills the values of a network's parameters: into[i] belongs to params[i] and has its size. A
// parameter without an initializer gets what its role demands.
func All(seed uint64, params []*network.Param, into [][]float32) error {
	seen := map[string]uint32{}
	for i, p := range params {
		path := p.Name
		if dot := strings.LastIndexByte(path, '.'); dot >= 0 {
			path = path[:dot]
		}
		index := seen[path]
		seen[path]++
		if err := fill(p, Draws{rng.New(seed, rng.Init, path), index}, into[i]); err != nil {
			return err
		}
	}
	return nil
}

func fill(p *network.Param, d Draws, dst []float32) error {
	if len(dst) != p.Size() {
		return fmt.Errorf("parameter %s has %d elements, not %d", p.Name, p.Size(), len(dst))
	}
	if p.Init == nil {
		switch p.Role {
		case network.Bias, network.NormShift:
			clear(dst)
			return nil
		case network.NormScale:
			constant(dst, 1)
			return nil
		}
		return diag.Errorf(NoInitializer, p.Span, "parameter %s has no initializer", p.Name).
			WithHelp("add `init he` to the model")
	}
	if d := Check(p.Init); d != nil {
		return d
	}
	lookup(p.Init.Name).fill(p.Init.Args, p, d, dst)
	return nil
}

// Hash is a fingerprint of initial values: equal exactly when names, order and every bit are equal.
func Hash(params []*network.Param, values [][]float32) string {
	h := sha256.New()
	var word [4]byte
	for i, p := range params {
		h.Write([]byte(p.Name))
		h.Write([]byte{0})
		for _, v := range values[i] {
			binary.LittleEndian.PutUint32(word[:], math.Float32bits(v))
			h.Write(word[:])
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func constant(dst []float32, v float32) {
	for i := range dst {
		dst[i] = v
	}
}

// spread fills dst with draws of the given standard deviation, normal or uniform.
func spread(uniform bool, std float64, d Draws, dst []float32) {
	s := float32(std)
	if uniform {
		s = float32(std * math.Sqrt(3))
		d.Uniform(dst)
	} else {
		d.Normal(dst)
	}
	for i := range dst {
		dst[i] *= s
	}
}

// modeParam declares the distribution of an initializer.
var modeParam = catalog.Param{
	Name: "mode", Doc: "Distribution of the draws; both have the same variance.",
	Type: catalog.Word("normal", "uniform"), Default: catalog.W("normal"), Positional: true,
}

func uniformMode(a model.Args) bool { return a.Text("mode") == "uniform" }
