(** * ErrorBound: how far two networks are from each other, from the norms of their layers (Q2).

    With |W_i| <= w_i, |V_i| <= v_i and |W_i - V_i| <= e_i, the networks W and V differ by at most
    R * sum_i (prod_{j>i} v_j) e_i (prod_{j<i} w_j) on the ball of radius R. [error] is this sum, by Horner's
    scheme. *)
Require Import List Reals Lra Lia.
From Pmone Require Import Sums Probability Network Norms SpectralNorm.
Import ListNotations.
Local Open Scope R_scope.

Fixpoint size (w : nat -> R) (radius : R) (i : nat) : R :=
  match i with O => radius | S i' => w i' * size w radius i' end.
Fixpoint error (w v e : nat -> R) (radius : R) (i : nat) : R :=
  match i with O => 0 | S i' => v i' * error w v e radius i' + e i' * size w radius i' end.

Section Bound.
Variables (dims : nat -> nat) (l : nat) (W V : nat -> mat) (w v e : nat -> R) (radius : R) (x : vec).
Hypothesis Hw : forall i, (i < l)%nat -> 0 <= w i /\ norm_le (dims (S i)) (dims i) (W i) (w i).
Hypothesis Hv : forall i, (i < l)%nat -> 0 <= v i /\ norm_le (dims (S i)) (dims i) (V i) (v i).
Hypothesis He : forall i, (i < l)%nat -> 0 <= e i /\ norm_le (dims (S i)) (dims i) (fun r c => W i r c - V i r c) (e i).
Hypothesis Hx : euclid (dims 0%nat) x <= radius.

Lemma layer_bound i h g : (i < l)%nat -> euclid (dims i) h <= size w radius i ->
  euclid (dims i) (vsub h g) <= error w v e radius i ->
  euclid (dims (S i)) (mv (dims i) (W i) h) <= size w radius (S i) /\
  euclid (dims (S i)) (vsub (mv (dims i) (W i) h) (mv (dims i) (V i) g)) <= error w v e radius (S i).
Proof.
  intros Hi H1 H2. destruct (Hw i Hi) as [w0 HW]. destruct (Hv i Hi) as [v0 HV]. destruct (He i Hi) as [e0 HE].
  cbn [size error]. split.
  - eapply Rle_trans; [apply HW|]. apply Rmult_le_compat_l; auto.
  - pose proof (nrm_tri Euclid (dims (S i)) (mv (dims i) (W i) h) (mv (dims i) (V i) h) (mv (dims i) (V i) g)) as T.
    cbn [nrm Euclid] in T. specialize (HE h). specialize (HV (vsub h g)).
    rewrite (euclid_ext (dims (S i)) (mv (dims i) (fun r c => W i r c - V i r c) h)
      (vsub (mv (dims i) (W i) h) (mv (dims i) (V i) h))) in HE.
    2:{ intros o _. unfold vsub, mv. rewrite <- rsum_minus. apply rsum_ext. intros; ring. }
    rewrite (euclid_ext (dims (S i)) (mv (dims i) (V i) (vsub h g))
      (vsub (mv (dims i) (V i) h) (mv (dims i) (V i) g))) in HV.
    2:{ intros o _. unfold vsub, mv. rewrite <- rsum_minus. apply rsum_ext. intros; ring. }
    assert (v i * euclid (dims i) (vsub h g) <= v i * error w v e radius i) by (apply Rmult_le_compat_l; auto).
    assert (e i * euclid (dims i) h <= e i * size w radius i) by (apply Rmult_le_compat_l; auto). lra.
Qed.
Lemma hidden_bound i : (i <= l)%nat -> euclid (dims i) (hid dims W x i) <= size w radius i /\
  euclid (dims i) (vsub (hid dims W x i) (hid dims V x i)) <= error w v e radius i.
Proof.
  induction i as [|i IH]; intros Hi.
  - cbn [hid size error]. split; auto. right. apply (nrm_self Euclid).
  - destruct (IH ltac:(lia)) as [H1 H2]. destruct (layer_bound i _ _ ltac:(lia) H1 H2) as [L1 L2]. cbn [hid].
    split; (eapply Rle_trans; [apply euclid_mono; intros o _|eassumption]).
    + apply relu_abs.
    + apply relu_lip.
Qed.
Theorem Q2_bound : (1 <= l)%nat ->
  euclid (dims l) (vsub (net dims W l x) (net dims V l x)) <= error w v e radius l.
Proof.
  intros Hl. unfold net. destruct (hidden_bound (l - 1) ltac:(lia)) as [H1 H2].
  destruct (layer_bound (l - 1) _ _ ltac:(lia) H1 H2) as [_ K]. replace (S (l - 1)) with l in K by lia. exact K.
Qed.
End Bound.
