// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// life shows all that ever happened with one object and what hangs on it.
type life struct{ journal Journal }

func (l life) page() page {
	return page{path: "/levensloop/{id}", name: "life", parent: "search", roles: watchers(), get: l.get, words: words{
		"life.title": {"Levensloop", "Life"},
		"life.lead":  {"Alles wat is vastgelegd over %s en wat daarbij hoort, het oudste eerst.", "All that was written down about %s and what belongs to it, oldest first."},
		"life.more":  {"Er is meer dan hier past; zoek de rest in het logboek.", "There is more than fits here; search the rest in the log."},
		"life.by":    {"door", "by"},
		"life.about": {"over", "about"},
		"life.entry": {"regel %s", "entry %s"},
	}}
}

type lifeView struct {
	ID   gateway.UUID
	Hits []oversight.Hit
	More bool
}

func (l life) get(ctx context.Context, v *visit) (any, error) {
	id, err := gateway.ParseUUID(v.segment("id"))
	if err != nil {
		return nil, absent()
	}
	hits, err := l.journal.Life(ctx, v.Visit, id)
	if err != nil {
		return nil, err
	}
	if len(hits) == 0 {
		return nil, absent()
	}
	return lifeView{id, hits, len(hits) == oversight.MaxHits}, nil
}
