# The application on this computer: its icon in the tray, what is asked before
# it goes, notifications.

## Tray

tray-open = Open Chairside
tray-quit = Quit…

## Before it goes

leave-close-title = Chairside keeps running
leave-close = The window closes, and the clinic stays online. The icon in the tray, or starting Chairside again, brings the window back.
leave-close-do = Close the window
leave-close-quit = Quit instead
leave-quit-title = Quit Chairside?
leave-quit = The clinic goes offline: online requests wait until Chairside runs again on this computer.
leave-quit-tip = To keep the clinic online, close the window instead.
leave-quit-do = Quit
leave-quit-stay = Keep running

## Settings of this computer

settings-computer = This computer
settings-starts-at-login = Start when I log in
settings-starts-at-login-why = Without its window, so that the clinic is online before anyone opens it.
settings-notifies = Notify of online bookings
settings-notifies-why = While the window is not in front. Never with a name.

pair-starts = Start Chairside when this computer starts?
pair-starts-do = Start by itself
pair-starts-now = Chairside starts by itself from now on. Settings turns it off.

## System notifications; anyone may read them over a shoulder

notice-waiting = { $count ->
    [one] A new online booking waits for an answer.
   *[other] { $count } new online bookings wait for an answer.
}
notice-confirmed = { $count ->
    [one] A new online booking was confirmed.
   *[other] { $count } new online bookings were confirmed.
}
notice-moved = { $count ->
    [one] A patient moved a visit online.
   *[other] { $count } visits were moved online.
}
notice-cancelled = { $count ->
    [one] A patient called a visit off online.
   *[other] { $count } visits were called off online.
}
notice-open = Show

## What was not done

error-login-not-set = Starting at login was not changed. The computer says: { $said }
