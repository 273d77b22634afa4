package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/network"
	netc "github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/experiment"
	"github.com/netc-lang/netc/runtime/train"
)

func TestStepsAlone(t *testing.T) {
	var out, errs bytes.Buffer
	if err := run([]string{"steps", "--work=mlp", "--threads=1,2", "--rounds=1", "--steps=1", "--peers=-", "--json"}, &out, &errs); err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(&out)
	for _, threads := range []int{1, 2} {
		var r row
		if err := dec.Decode(&r); err != nil {
			t.Fatal(err)
		}
		if r.Work != "mlp" || r.Threads != threads || r.Netc <= 0 || r.Peer != 0 || r.Ratio != 0 {
			t.Errorf("got %+v", r)
		}
	}
	if !strings.Contains(errs.String(), "PyTorch is left out: not asked for") {
		t.Errorf("the absence of the peer has no reason: %s", errs.String())
	}
}

func TestMistakes(t *testing.T) {
	for args, want := range map[string]string{
		"leaps":                   `no measurement "leaps"`,
		"steps --work=vgg":        `no network "vgg"`,
		"steps --threads=0":       "--threads 0",
		"steps --rounds=0":        "--rounds",
		"steps --clock=sun":       "--clock sun",
		"steps --clock=processor": "add --threads 1",
		"steps more":              `unexpected argument "more"`,
		"steps --cpu=sse":         `no instruction set "sse"`,
		"card --device=cpu":       "measure a card",
		"card --device=gpu":       "NVIDIA's devices are called cuda",
		"study --data=nowhere":    "nowhere",
		"study --data=../../shared/data/mnist --seeds=3": "even number",
	} {
		var out, errs bytes.Buffer
		err := run(append(strings.Fields(args), "--peers=-"), &out, &errs)
		if err == nil || !strings.Contains(err.Error(), want) && !strings.Contains(err.Error(), "no such file") {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

// The programs compile to the networks of workloads.py: as many parameters.
func TestPrograms(t *testing.T) {
	for work, want := range map[string]int{"mlp": 235146, "lenet": 582026, "resnet20": 272474} {
		folder := t.TempDir()
		w := workloads[work]
		if err := writeBatch(folder, w); err != nil {
			t.Fatal(err)
		}
		file, err := place(folder, work)
		if err != nil {
			t.Fatal(err)
		}
		var reader data.Reader
		p := compiler.Compile(file, compiler.Options{Catalog: netc.Catalog(), Data: &reader})
		if p.Diags.HasErrors() {
			t.Fatal(p.Diags)
		}
		n, err := p.Network(network.Training, w.shape[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := n.ParamCount(); got != want {
			t.Errorf("%s has %d parameters, want %d", work, got, want)
		}
	}
}

func TestOps(t *testing.T) {
	var out, errs bytes.Buffer
	if err := run([]string{"ops", "--work=mlp", "--clock=wall"}, &out, &errs); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "| mlp |"); n != 5 {
		t.Errorf("%d rows, want 5:\n%s", n, out.String())
	}
}

// What is measured on a card runs on the emulated one.
func TestCardAlone(t *testing.T) {
	if _, err := exec.LookPath("g++"); err != nil {
		t.Skip("no g++, which compiles kernels for the emulated device")
	}
	var out, errs bytes.Buffer
	if err := run([]string{"card", "--device=host", "--work=mlp", "--precision=tf32", "--rounds=1", "--steps=1", "--peers=-", "--json"}, &out, &errs); err != nil {
		t.Fatal(err)
	}
	var r cardRow
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Work != "mlp" || r.Precision != "tf32" || r.Netc <= 0 || r.PerSecond <= 0 || r.Eager != 0 {
		t.Errorf("got %+v", r)
	}
}

// What a trial of a small network costs beside its steps: the network lowered and planned, unless an earlier trial of the program left it,
// weights, memory and the first batch.
func BenchmarkTrialOverhead(b *testing.B) {
	folder := b.TempDir()
	if err := writeBatch(folder, workloads["mlp"]); err != nil {
		b.Fatal(err)
	}
	e, err := open(folder, "mlp")
	if err != nil {
		b.Fatal(err)
	}
	for name, plans := range map[string]*train.Plans{"first": nil, "later": {}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				cfg := e.Config(experiment.Options{Threads: 1})
				cfg.Plans = plans
				s, err := train.NewStepper(cfg)
				if err != nil {
					b.Fatal(err)
				}
				s.Close()
			}
		})
	}
}
