// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway/rights"
)

func newPersonOverview(g *globals) *cobra.Command {
	var f instructionFlags
	var out []string
	c := &cobra.Command{
		Use: "overview [--out FILE.json] [--out FILE.html]", Short: "Make the overview for a request for access (AVG art. 15)", Args: exactly(0),
		Long: `Makes what the controller needs to answer a request for access: what was processed,
by whom, why, from whom, to whom, when, and how long it is kept, as JSON and as a
page in Dutch (docs/formats.md). It holds metadata and no word of the person; the
content of signals can only be opened by the municipality. Without --out the JSON
goes to standard output. Files are made new, readable by you only.`,
		Example: `  seinhuis person overview --municipality GM0268 --for 00000099000000220001 \
    --instruction 01981e2c-7a10-7000-8000-000000000001 --officer 01981e2c-7a10-7000-8000-0000000000aa --out inzage.html <persoon.json`,
	}
	f.bind(c, true)
	c.Flags().StringSliceVar(&out, "out", nil, "write a file that ends in .json or .html")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		for _, path := range out {
			if e := filepath.Ext(path); e != ".json" && e != ".html" {
				return usage(errors.New("--out: a name that ends in .json or .html is needed"))
			}
			if _, err := os.Lstat(path); err == nil {
				return fmt.Errorf("%s exists already", path)
			}
		}
		return f.act(cmd, g, func(b *books, ring keyStore, s rights.Search) error {
			o, err := desk(b, ring).Overview(cmd.Context(), s)
			if err != nil {
				return err
			}
			return writeOverview(cmd.OutOrStdout(), o, out)
		})
	}
	return c
}

func writeOverview(stdout io.Writer, o rights.Overview, out []string) error {
	text, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return err
	}
	if len(out) == 0 {
		_, err = fmt.Fprintf(stdout, "%s\n", text)
		return err
	}
	for _, path := range out {
		data := bytes.NewBuffer(append(text, '\n'))
		if filepath.Ext(path) == ".html" {
			data = &bytes.Buffer{}
			if err := o.WritePage(data); err != nil {
				return err
			}
		}
		if err := replaceFile(path, data.Bytes(), 0o600); err != nil {
			return err
		}
		fmt.Fprintf(stdout, "%s: %d reports, %d left out because they may be another's\n", path, len(o.Reports), o.LeftOut)
	}
	return nil
}

func newPersonErase(g *globals) *cobra.Command {
	var f instructionFlags
	var yes bool
	c := &cobra.Command{
		Use: "erase --yes", Short: "Erase what is kept about a person (AVG art. 17)", Args: exactly(0),
		Long: `Erases bodies, tokens, relations, notices and pauses that are over, of what is
surely about the person and of what --also names. What stays holds no personal
data and is evidence for both parties: the id, digest and receipt of a report,
feedback and changes of a pause with theirs (about seven years), and alarms (366
days). Nothing is erased while a pause of collection runs or a hold keeps the
claim. It cannot be undone; look first with: seinhuis person find.`,
		Example: `  seinhuis person erase --yes --municipality GM0268 --for 00000099000000220001 \
    --instruction 01981e2c-7a10-7000-8000-000000000001 --officer 01981e2c-7a10-7000-8000-0000000000aa <persoon.json`,
	}
	f.bind(c, true)
	c.Flags().BoolVar(&yes, "yes", false, "yes, erase it for ever")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		if !yes {
			return usage(errors.New("this erases for ever what is found; say --yes to do it, and look first with: seinhuis person find"))
		}
		return f.act(cmd, g, func(b *books, ring keyStore, s rights.Search) error {
			erased, err := desk(b, ring).Erase(cmd.Context(), s)
			if err != nil {
				return err
			}
			// Erased bytes also leave the WAL; beside a busy gateway that may have to wait.
			if err := b.truth.emptied(cmd.Context()); err != nil {
				fmt.Fprintln(cmd.ErrOrStderr(), "erased; the last bytes leave the disk when the gateway next empties its journal:", err)
			}
			return show(cmd, g, erased, func(w io.Writer) {
				fmt.Fprintf(w, "erased: %d signals, %d bodies, %d tokens, %d relations, %d notices, %d pauses that are over\n",
					erased.Signals, erased.Bodies, erased.Tokens, erased.Relations, erased.Notices, erased.Pauses)
			})
		})
	}
	return c
}
