"""What an Ibid does for other programs: today, for the commands of its owner on this machine."""
