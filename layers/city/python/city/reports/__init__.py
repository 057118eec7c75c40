"""Field reports (phản ánh hiện trường): intake, verification, dispatch, answer, rating."""
