// SPDX-License-Identifier: EUPL-1.2

package pseudonym_test

import (
	"encoding/json"
	"errors"
	"maps"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/permit"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/routing"
)

// world takes reports through the real steps up to permission.
type world struct{ *gatewaytest.Steps }

func newWorld(t testing.TB) world {
	t.Helper()
	w := world{gatewaytest.NewSteps(t)}
	for i := range w.Agreements {
		w.Agreements[i].BirthDateAllowed = true
	}
	return w
}

// facts are what a test changes of a report; kenmerk and the members of
// persoon and adres by name, nil to leave out.
type facts map[string]any

func (w world) permitted(t testing.TB, from, to gateway.Party, changes ...facts) []permit.Permitted {
	t.Helper()
	batch := make([]intake.Submission, len(changes))
	for i, change := range changes {
		p := w.Paper(from, to, 1)
		o := map[string]any{}
		if err := json.Unmarshal(p.Payload(), &o); err != nil {
			t.Fatal(err)
		}
		person, address := o["persoon"].(map[string]any), o["adres"].(map[string]any)
		for name, v := range change {
			into := o
			if _, ok := address[name]; ok || name == "huisletter" || name == "huisnummertoevoeging" {
				into = address
			} else if _, ok := person[name]; ok || name == "geboortedatum" || name == "voorvoegsel" {
				into = person
			}
			into[name] = v
		}
		maps.DeleteFunc(o, func(_ string, v any) bool { return v == nil })
		maps.DeleteFunc(person, func(_ string, v any) bool { return v == nil })
		payload, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		batch[i] = w.Submission(from, p)
		batch[i].Token = gatewaytest.Letter(from.OIN, payload)
	}
	opened, refused := intake.Open(t.Context(), gatewaytest.Opener{}, batch)
	accepted, misread := intake.Read(opened)
	addressed, unrouted := routing.Route(w.Table, accepted)
	permitted, unpermitted, err := permit.Judge(t.Context(), w, w.Policy, addressed)
	for _, r := range append(append(append(refused, misread...), unrouted...), unpermitted...) {
		err = errors.Join(err, r.Err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return permitted
}

func (w world) blinded(t testing.TB, k pseudonym.Keyer, from, to gateway.Party, changes ...facts) []pseudonym.Blinded {
	t.Helper()
	blinded, err := pseudonym.Blind(t.Context(), k, w.permitted(t, from, to, changes...))
	if err != nil {
		t.Fatal(err)
	}
	return blinded
}
