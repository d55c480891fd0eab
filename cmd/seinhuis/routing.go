// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/routing"
)

func newRouting(g *globals) *cobra.Command {
	return group("routing", "Import and inspect the table of addresses and municipalities",
		`The table says in which municipality an address is. It is compiled from the yearly
CBS file "Buurt, wijk en gemeente voor postcode-huisnummer", the municipal
changes since, and the house letters of homes on a border. A running gateway
notices a new table within seconds.`,
		newRoutingImport(g), newRoutingShow(g), newRoutingLookup(g), newRoutingRollback(g))
}

// previousSuffix marks the table that was in place before the present one.
const previousSuffix = ".vorige"

// versionView is a table's version as the commands print it.
type versionView struct {
	Year           int    `json:"year"`
	SHA256         string `json:"sha256"`
	Source         string `json:"source"`
	Postcodes      int    `json:"postcodes"`
	Pairs          int    `json:"pairs"`
	Municipalities int    `json:"municipalities"`
}

func viewVersion(v routing.Version) versionView {
	return versionView{v.Year, hex.EncodeToString(v.Digest[:]), v.Source, v.Postcodes, v.Pairs, v.Municipalities}
}

func (v versionView) print(w io.Writer) {
	fmt.Fprintf(w, "division\tof 1 January %d\n", v.Year)
	fmt.Fprintf(w, "source\t%s\n", v.Source)
	fmt.Fprintf(w, "sha256\t%s\n", v.SHA256)
	fmt.Fprintf(w, "size\t%d postcodes, %d house numbers, %d municipalities\n", v.Postcodes, v.Pairs, v.Municipalities)
}

func newRoutingShow(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show which table is in place, and the one before", Example: "  seinhuis routing show", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := readConfig(g.dir)
			if err != nil {
				return err
			}
			t, err := openTable(in(g.dir, c.Routing))
			if err != nil {
				return err
			}
			v := struct {
				Current  versionView  `json:"current"`
				Previous *versionView `json:"previous,omitempty"`
			}{Current: viewVersion(t.Version())}
			if before, err := openTable(in(g.dir, c.Routing) + previousSuffix); err == nil {
				view := viewVersion(before.Version())
				v.Previous = &view
			}
			return show(cmd, g, v, func(w io.Writer) {
				v.Current.print(w)
				if v.Previous != nil {
					fmt.Fprintln(w, "before this:")
					v.Previous.print(w)
				}
			})
		},
	}
}

// lookupView is the answer about one address. It does not repeat the address.
type lookupView struct {
	Municipality gateway.Municipality `json:"municipality,omitempty"`
	Name         string               `json:"name,omitempty"`
	Step         routing.Step         `json:"step,omitempty"`
	Code         gateway.Code         `json:"code,omitempty"`
	On           string               `json:"on"`
}

func newRoutingLookup(g *globals) *cobra.Command {
	var on string
	c := &cobra.Command{
		Use: "lookup POSTCODE NUMBER [LETTER]", Short: "Ask in which municipality an address is", Args: between(2, 3),
		Example: "  seinhuis routing lookup 6511AA 9001\n  seinhuis routing lookup 9354TB 4 A --on 2025-06-01",
		RunE: func(cmd *cobra.Command, args []string) error {
			var wrong wrongFlags
			date := wrong.date("on", on)
			number, err := strconv.Atoi(args[1])
			if err != nil {
				wrong.add("NUMBER", errors.New("is no whole number"))
			}
			if err := wrong.err(); err != nil {
				return err
			}
			if date.IsZero() {
				date = gateway.Today(time.Now())
			}
			letter := ""
			if len(args) == 3 {
				letter = args[2]
			}
			return lookup(cmd, g, args[0], number, letter, date)
		},
	}
	c.Flags().StringVar(&on, "on", "", "the day that counts (yyyy-mm-dd); default today")
	return c
}

func lookup(cmd *cobra.Command, g *globals, postcode string, number int, letter string, on gateway.Date) error {
	c, err := readConfig(g.dir)
	if err != nil {
		return err
	}
	t, err := openTable(in(g.dir, c.Routing))
	if err != nil {
		return err
	}
	answer, code := t.Resolve(postcode, number, letter, "", on)
	v := lookupView{answer.Municipality, t.Name(answer.Municipality), answer.Step, code, on.String()}
	err = show(cmd, g, v, func(w io.Writer) {
		if code == "" {
			fmt.Fprintf(w, "%s\t%s\tby %s, on %s\n", v.Municipality, v.Name, v.Step, v.On)
		}
	})
	if err == nil && code != "" {
		err = fmt.Errorf("not routed: %s", code)
	}
	return err
}

func newRoutingRollback(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "rollback", Short: "Put the table before this one back", Args: exactly(0),
		Long:    "Swaps the table in place with the one before it. Doing it twice changes nothing.",
		Example: "  seinhuis routing rollback",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				path := in(b.dir, b.config.Routing)
				before, err := openTable(path + previousSuffix)
				if err != nil {
					return fmt.Errorf("there is no table to go back to: %w", err)
				}
				if err := b.putTable(cmd, before); err != nil {
					return err
				}
				v := viewVersion(before.Version())
				return show(cmd, g, v, v.print)
			})
		},
	}
}

// putTable puts a table in place, keeps the one before, and logs it.
func (b *books) putTable(cmd *cobra.Command, t *routing.Table) error {
	path, digest := in(b.dir, b.config.Routing), t.Version().Digest
	n := deed{event: audit.RoutingLoaded, object: audit.Object(audit.KindRouting, hex.EncodeToString(digest[:]))}
	return b.logged(cmd.Context(), func() ([]deed, error) {
		var fresh bytes.Buffer
		if _, err := t.WriteTo(&fresh); err != nil {
			return nil, err
		}
		old, err := os.ReadFile(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			return nil, err
		case !bytes.Equal(old, fresh.Bytes()): // repeating a command must not lose the one before
			if err := replaceFile(path+previousSuffix, old, 0o600); err != nil {
				return nil, err
			}
		}
		return nil, replaceFile(path, fresh.Bytes(), 0o600)
	}, n)
}
