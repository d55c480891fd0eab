// SPDX-License-Identifier: EUPL-1.2

package feedback

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

// maxAlso bounds how many related signals one feedback may hold for.
const maxAlso = 50

var fields = []intake.Field[gateway.Feedback]{
	{Name: "terugkoppelingId", Required: true, Read: func(_ *intake.Document, f *gateway.Feedback, v jsontext.Value) (c gateway.Code) {
		f.ID, c = intake.ID[gateway.FeedbackID](v)
		return c
	}},
	{Name: "signaalId", Required: true, Read: func(_ *intake.Document, f *gateway.Feedback, v jsontext.Value) (c gateway.Code) {
		f.SignalID, c = intake.ID[gateway.SignalID](v)
		return c
	}},
	{Name: "ookVoor", Read: readAlso},
	{Name: "resultaat", Required: true, Read: func(_ *intake.Document, f *gateway.Feedback, v jsontext.Value) (c gateway.Code) {
		f.Result, c = intake.Choice(v, gateway.Results()...)
		return c
	}},
	{Name: "datum", Required: true, Read: func(_ *intake.Document, f *gateway.Feedback, v jsontext.Value) (c gateway.Code) {
		f.Date, c = intake.Day(v)
		return c
	}},
	{Name: "toetsdatum", Read: func(_ *intake.Document, f *gateway.Feedback, v jsontext.Value) (c gateway.Code) {
		f.Review, c = intake.Day(v)
		return c
	}},
	{Name: "pauzeTot", Read: func(_ *intake.Document, f *gateway.Feedback, v jsontext.Value) (c gateway.Code) {
		f.PauseEnd, c = intake.Day(v)
		return c
	}},
}

func readAlso(d *intake.Document, f *gateway.Feedback, v jsontext.Value) gateway.Code {
	if v.Kind() != '[' {
		return gateway.CodeWrongType
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(v))
	_, _ = dec.ReadToken()
	for i := 0; dec.PeekKind() != ']'; i++ {
		raw, err := dec.ReadValue()
		if err != nil {
			return gateway.CodeNotJSON
		}
		if i >= maxAlso {
			return gateway.CodeTooLong
		}
		id, c := intake.ID[gateway.SignalID](raw)
		if c != "" {
			d.At(i, func() { d.Find(c, "") })
			continue
		}
		if !slices.Contains(f.Also, id) { // named twice is still one claim, with one notice
			f.Also = append(f.Also, id)
		}
	}
	return ""
}
