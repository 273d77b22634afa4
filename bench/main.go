// Command bench measures netc's speed, beside PyTorch's where it is installed.
//
//	go run ./bench steps      one training step of three networks, both sides alternately
//	go run ./bench roofline   what a thread of this processor can do at most: multiply-adds and memory traffic
//	go run ./bench ops        the kernels of the three networks against that
//	go run ./bench study      a study of 36 trials against two single-thread processes of its PyTorch script
//	go run ./bench epoch      epochs of LeNet on MNIST with augmentation and metrics, against a loop with a DataLoader (epoch.py)
//	go run ./bench start      netc check on each example, from the start of the process to its end
//	go run ./bench card       one training step of three networks on a graphics card
//	go run ./bench stack      a study on a graphics card, its trials stacked; bench/gpu.sh runs both where there is no Go
//
// The peer's side are the scripts of ../shared/peers. Where python3 has no torch, or the scripts are absent, netc is measured
// alone and the reason is printed. With --json each row is one object: {"work","threads","netc_ms","peer_ms","ratio"}, the medians of
// all alternations and their quotient.
//
// Both sides get the same number of threads and the same OMP_NUM_THREADS, OPENBLAS_NUM_THREADS and OMP_WAIT_POLICY. NETC_CPU chooses netc's
// instruction set; with avx2 the peer is held to it too (ATEN_CPU_CAPABILITY, DNNL_MAX_CPU_ISA).
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/netc-lang/netc/runtime/kernel/cpu"
)

// settings are the command line.
type settings struct {
	json      bool
	clock     string
	rounds    int
	threads   []int
	works     []string
	steps     int
	peers     string // folder of the scripts
	python    string
	data      string // folder of the study's images
	seeds     int
	device    string // of card and stack
	precision string // of card; empty: all
	backend   *cpu.Backend
	out       io.Writer
	err       io.Writer
}

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var commands = map[string]func(*settings) error{"steps": steps, "study": studies, "roofline": roofline, "ops": operations, "epoch": epochs, "start": starts, "card": card, "stack": stack}

func run(args []string, out, errs io.Writer) error {
	name := "steps"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	command, ok := commands[name]
	if !ok {
		return fmt.Errorf("there is no measurement %q; there are steps, study, epoch, start, roofline, ops, card and stack", name)
	}
	s := settings{out: out, err: errs}
	var threads, works, set, profile string
	flags := flag.NewFlagSet("bench "+name, flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.BoolVar(&s.json, "json", false, "print one JSON object a row")
	flags.StringVar(&s.clock, "clock", "wall", "what steps, ops and epoch measure: wall or, for one thread on a busy machine, processor time")
	flags.IntVar(&s.rounds, "rounds", 5, "alternations of both sides")
	flags.StringVar(&threads, "threads", "1,2", "numbers of threads, of steps and epoch")
	flags.StringVar(&works, "work", "mlp,lenet,resnet20", "networks, of steps and ops")
	flags.IntVar(&s.steps, "steps", 0, "steps a round of steps, 0 for about a second's worth; steps an epoch of epoch, 0 for all")
	flags.StringVar(&s.peers, "peers", filepath.FromSlash("../shared/peers"), "folder of the PyTorch scripts; - measures netc alone")
	flags.StringVar(&s.python, "python", "/usr/bin/python3", "Python that has torch")
	flags.StringVar(&s.data, "data", filepath.FromSlash("../shared/data/mnist"), "folder with the four IDX files, of study and epoch")
	flags.IntVar(&s.seeds, "seeds", 6, "seeds of study")
	flags.StringVar(&s.device, "device", "cuda", "device of card and stack: cuda, cuda:1, or host, the emulated one")
	flags.StringVar(&s.precision, "precision", "", "precision of card: fp32, tf32 or bf16; all where it is not given")
	flags.StringVar(&set, "cpu", os.Getenv("NETC_CPU"), "instruction set of netc: "+strings.Join(cpu.Sets(), ", "))
	flags.StringVar(&profile, "cpuprofile", "", "file to write netc's profile to, for go tool pprof")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	for _, t := range strings.Split(threads, ",") {
		n, err := strconv.Atoi(t)
		if err != nil || n < 1 {
			return fmt.Errorf("--threads %s: want numbers such as 1,2", threads)
		}
		s.threads = append(s.threads, n)
	}
	s.works = strings.Split(works, ",")
	if s.rounds < 1 || s.seeds < 2 || s.steps < 0 {
		return fmt.Errorf("--rounds must be at least 1, --seeds at least 2, --steps at least 0")
	}
	var err error
	if s.backend, err = cpu.For(set); err != nil {
		return err
	}
	fmt.Fprintf(errs, "%s; %s, %d processors, %s, %s; load %s\n", time.Now().UTC().Format("2006-01-02 15:04 UTC"), processor(), runtime.NumCPU(), runtime.Version(), s.backend.Name(), load())
	defer func() { fmt.Fprintf(errs, "load at the end %s\n", load()) }()
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	return command(&s)
}

// row is one result; zero stands for a side that was not measured.
type row struct {
	Work    string  `json:"work"`
	Threads int     `json:"threads"`
	Netc    float64 `json:"netc_ms"`
	Peer    float64 `json:"peer_ms,omitempty"`
	Ratio   float64 `json:"ratio,omitempty"`
}

func (s *settings) print(r row, more string) error {
	if s.json {
		return json.NewEncoder(s.out).Encode(r)
	}
	_, err := fmt.Fprintln(s.out, more)
	return err
}

// processor is the processor's name where the system tells it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return runtime.GOARCH
}

// load is the machine's load average of one minute where the system tells it.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
