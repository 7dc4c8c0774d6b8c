package server

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/op"
	"parley/server/internal/settings"
	"parley/server/internal/storetest"
)

func TestSurveyAnswersAreChecked(t *testing.T) {
	t.Parallel()
	survey := settings.Survey{ID: "s", Questions: []settings.SurveyQuestion{
		{ID: "r", Type: "rating", Required: true}, {ID: "c", Type: "choice", Options: []string{"a", "b"}}, {ID: "t", Type: "text"},
	}}
	for _, tc := range []struct{ answers, refused string }{
		{`{"r":1}`, ""}, {`{"r":5,"c":"b","t":"x"}`, ""}, {`{"r":3,"c":null,"t":" "}`, ""},
		{`{}`, "r: must be answered"}, {`null`, "r: must be answered"}, {`{"c":"a"}`, "r: must be answered"},
		{`{"r":0}`, "r: must be from 1 to 5"}, {`{"r":6}`, "r: must be from 1 to 5"}, {`{"r":1.5}`, "r: must be a whole number"},
		{`{"r":"5"}`, "r: "}, {`{"r":5,"c":"c"}`, `c: must be one of ["a" "b"]`}, {`{"r":5,"c":["a"]}`, "c: "},
		{`{"r":5,"t":` + `"` + strings.Repeat("ä", maxAnswerLength+1) + `"` + `}`, "t: 2001 characters"},
		{`{"r":5,"x":1}`, "x: there is no such question"}, {`[]`, "answers: must be an object"}, {`"r"`, "answers: must be an object"},
	} {
		t.Run(tc.answers[:min(len(tc.answers), 30)], func(t *testing.T) {
			p, err := op.ParseParams(wire.Raw(`{"answers":` + tc.answers + `}`))
			require.NoError(t, err)
			_, err = readAnswers(survey, p)
			if tc.refused == "" {
				require.NoError(t, err)
				return
			}
			storetest.RequireCode(t, wire.CodeBadRequest, err)
			require.ErrorContains(t, err, tc.refused)
			require.ErrorContains(t, err, "answers: ")
		})
	}
	survey.Questions[0].Required = false
	p, err := op.ParseParams(wire.Raw(`{"answers":{"t":""}}`))
	require.NoError(t, err)
	_, err = readAnswers(survey, p)
	require.ErrorContains(t, err, "at least one question")
}
