"""Units, agencies, categories, places and the working calendar, as everybody may look them up."""
