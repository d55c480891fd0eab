// SPDX-License-Identifier: EUPL-1.2

package rights

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// The page is for the citizen to whom the controller gives it: Dutch, without
// scripts, and printable.
//
//go:embed page.html
var pageText string

// WritePage writes the overview as a page in plain Dutch.
func (o Overview) WritePage(w io.Writer) error {
	page, err := template.New("overzicht").Funcs(template.FuncMap{"dag": dutchDay, "datum": dutchDate, "naam": named,
		"toestand": stateInWords, "samenloop": coincidenceInWords, "soort": noticeInWords}).Parse(pageText)
	if err != nil {
		return fmt.Errorf("page of an overview: %w", err)
	}
	return page.Execute(w, o)
}

// dutchDay is the day of a moment in the Netherlands.
func dutchDay(at time.Time) string { return dutchDate(gateway.Today(at)) }

// dutchDate is a day as one writes it: 2-11-2026.
func dutchDate(d gateway.Date) string { return d.Time().Format("2-1-2006") }

func named(o Organisation) string {
	if o.Name == "" {
		return "organisatie " + string(o.OIN)
	}
	return o.Name
}
