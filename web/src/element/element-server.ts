// Entry of `parley-chat/element` where there is no page: it defines nothing. A page defines the element when it has loaded it.

export const ParleyChat = undefined;
