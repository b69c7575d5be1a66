"""What every tab needs of the page: its scripts and styles, who is there, what they clicked."""
