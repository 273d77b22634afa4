package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/choose"
	"github.com/netc-lang/netc/runtime/device/cuda"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
)

func doctorCommand(t *terminal) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what of this machine netc can use, and what is missing for more",
		Long: `doctor lists the processor's instruction sets, the memory, the graphics cards and the libraries
that netc drives them with, with versions and places. For each library that is missing it says what
it would bring, and how to get it. Libraries are looked for in the folders of NETC_CUDA_PATH first.

Nothing that it can find is a failure: its exit code is 0.`,
		Example: "  netc doctor\n  netc doctor --json\n  NETC_CUDA_PATH=/opt/cuda/lib64 netc doctor",
		Args:    exactly(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			r := examine()
			if asJSON {
				enc := json.NewEncoder(t.out)
				enc.SetIndent("", "  ")
				return enc.Encode(r)
			}
			return r.write(t.out)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object on standard output")
	return cmd
}

// doctorJSON is what doctor --json prints; spec/json.md documents it.
type doctorJSON struct {
	Version   string          `json:"version"`
	Go        string          `json:"go"`
	System    string          `json:"system"`
	Processor processorJSON   `json:"processor"`
	Memory    *memoryJSON     `json:"memory"` // null where the system does not tell
	Driver    string          `json:"driver"`
	Devices   []deviceJSON    `json:"devices"`
	Why       string          `json:"why,omitempty"` // there are no devices
	Libraries []libraryJSON   `json:"libraries"`
	Cache     cacheFolderJSON `json:"cache"`
}

type processorJSON struct {
	Name         string   `json:"name"`
	Instructions []string `json:"instructions"` // the best first
	Used         string   `json:"used"`
	Why          string   `json:"why,omitempty"` // none can be used
	Threads      int      `json:"threads"`
}

type memoryJSON struct {
	Total     int64 `json:"total"`
	Available int64 `json:"available"`
}

type deviceJSON struct {
	Name              string `json:"name"` // as --device takes it
	Title             string `json:"title"`
	Memory            int64  `json:"memory"`
	ComputeCapability string `json:"compute_capability"`
	Multiprocessors   int    `json:"multiprocessors"`
	Driver            string `json:"driver"`
}

type libraryJSON struct {
	Name    string `json:"name"`
	Found   bool   `json:"found"`
	Version string `json:"version,omitempty"`
	Path    string `json:"path,omitempty"`
	Needed  bool   `json:"needed"`
	Brings  string `json:"brings"`
	Get     string `json:"get,omitempty"`
	Why     string `json:"why,omitempty"`

	looked string // where, when it was found nowhere
}

type cacheFolderJSON struct {
	Path  string `json:"path"`
	Files int    `json:"files"`
	Bytes int64  `json:"bytes"`
	Why   string `json:"why,omitempty"` // it cannot be used
}

// examine looks at the machine.
func examine() doctorJSON {
	r := doctorJSON{
		Version: version(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Processor: processorJSON{Name: processorName(), Instructions: cpu.Sets(), Threads: runtime.GOMAXPROCS(0)},
		Devices:   []deviceJSON{}, Libraries: []libraryJSON{},
	}
	if b, err := cpuBackend(); err != nil {
		r.Processor.Why = err.Error()
	} else {
		_, r.Processor.Used, _ = strings.Cut(b.Name(), "/")
	}
	if total, available, ok := memory(); ok {
		r.Memory = &memoryJSON{total, available}
	}
	driver := choose.Driver()
	r.Driver = driver.Name()
	list, err := driver.Devices()
	if err != nil {
		r.Why = err.Error()
	}
	for _, d := range list {
		r.Devices = append(r.Devices, deviceJSON{
			Name: fmt.Sprintf("cuda:%d", d.Ordinal), Title: d.Name, Memory: d.Memory,
			ComputeCapability: fmt.Sprintf("%d.%d", d.Major, d.Minor), Multiprocessors: d.Multiprocessors, Driver: d.Driver,
		})
	}
	for _, l := range driver.Libraries() {
		j := libraryJSON{Name: l.Name, Found: l.Err == nil, Version: l.Version, Path: l.Path, Needed: l.Needed, Brings: l.Brings}
		if l.Err != nil {
			j.Get, j.Why = l.Get, l.Err.Error()
			if none := (*device.NotFound)(nil); errors.As(l.Err, &none) {
				j.looked = none.Looked
			}
		}
		r.Libraries = append(r.Libraries, j)
	}
	r.Cache = cacheFolder()
	return r
}

// cacheFolder looks at the folder of compiled kernels, and whether something can be written there.
func cacheFolder() cacheFolderJSON {
	dir, err := cuda.CacheDir()
	if err != nil {
		return cacheFolderJSON{Why: err.Error()}
	}
	c := cacheFolderJSON{Path: dir}
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		err = nil // it is made when the first kernel is compiled
	}
	if err != nil {
		c.Why = err.Error()
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && filepath.Ext(e.Name()) == ".cubin" {
			c.Files++
			c.Bytes += info.Size()
		}
	}
	if len(entries) > 0 {
		if f, err := os.CreateTemp(dir, ".new-*"); err != nil {
			c.Why = err.Error()
		} else {
			f.Close()
			os.Remove(f.Name())
		}
	}
	return c
}

// nowhere tells whether there are no devices because the driver's library was found nowhere, which the list of libraries says.
func (r doctorJSON) nowhere() bool { return len(r.Libraries) > 0 && r.Libraries[0].looked != "" }

func (r doctorJSON) write(w io.Writer) error {
	fmt.Fprintf(w, "netc %s %s %s\n\n", r.Version, r.Go, r.System)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "processor")
	fmt.Fprintf(tw, "  name\t%s\n", r.Processor.Name)
	used := r.Processor.Used + " is used"
	if r.Processor.Why != "" {
		used = r.Processor.Why
	}
	fmt.Fprintf(tw, "  instructions\t%s (%s)\n", strings.Join(r.Processor.Instructions, ", "), used)
	fmt.Fprintf(tw, "  threads\t%d\n", r.Processor.Threads)
	if r.Memory != nil {
		fmt.Fprintf(tw, "  memory\t%s, %s available\n", gib(r.Memory.Total), gib(r.Memory.Available))
	} else {
		fmt.Fprintln(tw, "  memory\tunknown on this system")
	}
	if err := tw.Flush(); err != nil {
		return err
	}

	fmt.Fprintf(w, "\ndevices, by the driver %s\n", r.Driver)
	for _, d := range r.Devices {
		fmt.Fprintf(tw, "  %s\t%s\t%s\tcompute capability %s\t%d multiprocessors\tdriver for CUDA %s\n", d.Name, d.Title, gib(d.Memory), d.ComputeCapability, d.Multiprocessors, d.Driver)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if len(r.Devices) == 0 {
		fmt.Fprintf(w, "  none; programs run on the processor\n")
		if !r.nowhere() {
			fmt.Fprint(w, paragraph("  ", r.Why))
		}
	}

	fmt.Fprintln(w, "\nlibraries")
	looked := ""
	for _, l := range r.Libraries {
		if l.Found {
			fmt.Fprintf(tw, "  %s\t%s\t%s\n", l.Name, l.Version, l.Path)
			continue
		}
		missing := "missing"
		if l.looked == "" {
			missing = "not usable"
		}
		need := ""
		if l.Needed {
			need = ", and needed for devices"
		}
		fmt.Fprintf(tw, "  %s\t%s%s\n", l.Name, missing, need)
		looked = max(looked, l.looked)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, l := range r.Libraries {
		if l.Found {
			continue
		}
		fmt.Fprintf(w, "\n%s", paragraph("  ", fmt.Sprintf("%s brings %s. To get it: %s.", l.Name, l.Brings, l.Get)))
		if l.looked == "" {
			fmt.Fprint(w, paragraph("  ", "This one: "+l.Why))
		}
	}
	if looked != "" {
		fmt.Fprintf(w, "\n%s", paragraph("  ", "Libraries were looked for in "+looked+"."))
	}

	fmt.Fprintf(w, "\ncompiled kernels\n")
	if r.Cache.Path != "" {
		fmt.Fprintf(w, "  %s: %s, %s\n", r.Cache.Path, counted(r.Cache.Files, "file"), gib(r.Cache.Bytes))
	}
	if r.Cache.Why != "" {
		fmt.Fprint(w, paragraph("  ", "They cannot be kept there, so that every start compiles them again: "+r.Cache.Why))
	}
	return nil
}

// paragraph breaks text into indented lines for a terminal.
func paragraph(indent, text string) string {
	var b strings.Builder
	for _, line := range strings.Split(text, "\n") {
		n := 0
		for _, word := range strings.Fields(line) {
			if n > 0 && n+1+len(word) > 100-len(indent) {
				b.WriteByte('\n')
				n = 0
			}
			if n == 0 {
				b.WriteString(indent)
			} else {
				b.WriteByte(' ')
				n++
			}
			b.WriteString(word)
			n += len(word)
		}
		if n > 0 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// gib writes a number of bytes for people.
func gib(bytes int64) string {
	switch {
	case bytes >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
	}
	return fmt.Sprintf("%d bytes", bytes)
}
