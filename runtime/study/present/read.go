package present

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/netc-lang/netc/runtime/study"
)

// Read reads a report that was kept as JSON: a study's report.json, or what --json printed. Errors say what is wrong with the file: it
// cannot be read, is no report, is damaged, or was written by a newer netc.
func Read(path string) (*study.Report, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the report: %w", err)
	}
	var head struct {
		Version *int            `json:"version"`
		Metrics json.RawMessage `json:"metrics"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, fmt.Errorf("%s is damaged or no report of a study: %w", path, err)
	}
	switch {
	case head.Version == nil || head.Metrics == nil:
		return nil, fmt.Errorf("%s is no report of a study: it has no version or no metrics; give a study's name, its folder, or the file that netc ablate --json printed", path)
	case *head.Version > study.ReportVersion:
		return nil, fmt.Errorf("%s was written by a newer netc (version %d of the report, this netc reads %d); update netc", path, *head.Version, study.ReportVersion)
	case *head.Version < study.ReportVersion:
		return nil, fmt.Errorf("%s was written by an older netc (version %d of the report, this netc reads %d); run the study's command again, which trains nothing that is there", path, *head.Version, study.ReportVersion)
	}
	var r study.Report
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	if what := hole(&r); what != "" {
		return nil, fmt.Errorf("%s is damaged: %s is null", path, what)
	}
	return &r, nil
}

// hole names an entry of a report's lists that is null, which no report that was written whole has.
func hole(r *study.Report) string {
	for i, v := range r.Variants {
		if v == nil {
			return fmt.Sprintf("variants[%d]", i)
		}
		if slices.Contains(v.Trials, nil) {
			return fmt.Sprintf("a trial of variants[%d]", i)
		}
	}
	if c := r.Confirmation; c != nil && (slices.Contains(c.Winners, nil) || slices.Contains(c.Files, nil)) {
		return "a trial of the confirmation"
	}
	switch {
	case slices.Contains(r.Tricks, nil):
		return "a trick"
	case slices.Contains(r.Effects, nil):
		return "an effect"
	case slices.Contains(r.Curves, nil):
		return "a curve over a setting"
	}
	return ""
}
