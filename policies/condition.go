// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"errors"
	"fmt"

	"cel.dev/cel-go/cel"
)

// Limits on one condition. A condition has no loops (macros are off), so the
// cost limit is a second lock on the same door.
const (
	maxConditionRunes = 2_000
	maxConditionNodes = 400
	maxConditionDepth = 40
	maxConditionCost  = 5_000
)

// language is the environment in which conditions are checked and the
// vocabulary from which they are answered.
type language struct {
	env   *cel.Env
	names map[string]variable
}

func newLanguage() (*language, error) {
	l := &language{names: map[string]variable{}}
	options := []cel.EnvOption{
		cel.ClearMacros(),
		cel.ParserExpressionSizeLimit(maxConditionRunes),
		cel.ParserRecursionLimit(maxConditionDepth),
		cel.ExpressionNodeLimit(maxConditionNodes),
	}
	for _, v := range variables() {
		l.names[v.name] = v
		options = append(options, cel.Variable(v.name, v.kind))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return nil, fmt.Errorf("condition language: %w", err)
	}
	l.env = env
	return l, nil
}

// compile checks that text is a yes-or-no question over the vocabulary.
func (l *language) compile(text string) (cel.Program, error) {
	ast, issues := l.env.Compile(text)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	if !ast.OutputType().IsExactType(cel.BoolType) {
		return nil, errors.New("is not a yes-or-no condition")
	}
	return l.env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxConditionCost))
}

// answers serves one question's facts to conditions.
type answers struct {
	names map[string]variable
	q     *Question
}

// ResolveName implements cel.Activation.
func (a *answers) ResolveName(name string) (any, bool) {
	v, ok := a.names[name]
	if !ok {
		return nil, false
	}
	return v.read(a.q), true
}

// Parent implements cel.Activation.
func (a *answers) Parent() cel.Activation { return nil }

var errNoAnswer = errors.New("condition gave no yes or no")

// bites evaluates the condition; anything but a clear yes or no is an error.
func (r *rule) bites(a *answers) (bool, error) {
	out, _, err := r.when.Eval(a)
	if err != nil {
		return false, err
	}
	yes, ok := out.Value().(bool)
	if !ok {
		return false, errNoAnswer
	}
	return yes, nil
}
