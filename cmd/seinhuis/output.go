// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
)

// group is a command that only holds others. Without one of them, or with an
// unknown one, it is a usage error: a mistyped "party ends" must not pass as
// done in a script.
func group(use, short, long string, subs ...*cobra.Command) *cobra.Command {
	names := make([]string, len(subs))
	for i, s := range subs {
		names[i] = s.Name()
	}
	c := &cobra.Command{
		Use: use, Short: short, Long: long, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usage(fmt.Errorf("%s needs one of: %s", cmd.CommandPath(), strings.Join(names, ", ")))
		},
	}
	c.AddCommand(subs...)
	return c
}

// exactly makes a wrong number of arguments a usage error that shows the form.
func exactly(n int) cobra.PositionalArgs { return between(n, n) }

func between(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return usage(fmt.Errorf("the form is: %s", cmd.UseLine()))
		}
		return nil
	}
}

// wrongFlags gathers what is wrong with a command line, to say it all at once.
type wrongFlags struct{ list []error }

// add takes the name of a flag, or of an argument in capitals.
func (w *wrongFlags) add(flag string, err error) {
	if err == nil {
		return
	}
	if flag != strings.ToUpper(flag) {
		flag = "--" + flag
	}
	w.list = append(w.list, fmt.Errorf("%s: %w", flag, err))
}

// need reports a flag that must be there.
func (w *wrongFlags) need(flag, value string) {
	if value == "" {
		w.add(flag, errors.New("is needed"))
	}
}

func (w *wrongFlags) err() error {
	if len(w.list) == 0 {
		return nil
	}
	return usage(errors.Join(w.list...))
}

// date reads a flag that holds a date; empty gives the zero Date.
func (w *wrongFlags) date(flag, value string) gateway.Date {
	if value == "" {
		return gateway.Date{}
	}
	d, err := gateway.ParseDate(value)
	w.add(flag, err)
	return d
}

// words cuts a list at its commas.
func words(list string) []string {
	var out []string
	for w := range strings.SplitSeq(list, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// show prints a result: one JSON value for machines, or text for people.
func show(cmd *cobra.Command, g *globals, value any, text func(w io.Writer)) error {
	if g.json {
		out := json.NewEncoder(cmd.OutOrStdout())
		out.SetEscapeHTML(false)
		return out.Encode(value)
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	text(w)
	return w.Flush()
}

// moment is a time as people read it here; empty for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// day is a moment cut to its date, or a dash.
func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.DateOnly)
}

// orDash shows that a field is empty on purpose.
func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// replaceFile puts a file in the place of another, or of none: written beside
// it, synced, renamed, and the folder synced, so that a crash leaves the old
// content or the new.
func replaceFile(path string, data []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone after the rename
	_, err = f.Write(data)
	if err := errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
