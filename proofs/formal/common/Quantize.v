(** * Quantize (Q1): rounding the target to p bits.

    V_i is any integer matrix with |V_i - 2^p W_i| <= 1/2 entrywise (round half to even, half up,
    ...). With eta = D 2^(-p-1), D at least every width, and layer norms at most 1, the quantized
    network differs from the target by at most (1 + eta)^l - 1 on the unit ball, in any norm of the
    family (Norms.v has the two of interest). [round2] is one such rounding; |V| <= 2^p. *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Expansion Probability Network.
Import ListNotations.
Open Scope R_scope.

(** rounding to the nearest integer, half up *)
Definition round2 (p : nat) (x : R) : Z := Int_part (x * 2 ^ p + /2).

Lemma round2_err p x : Rabs (IZR (round2 p x) - 2 ^ p * x) <= /2.
Proof.
  unfold round2. destruct (base_Int_part (x * 2 ^ p + /2)) as [H1 H2]. unfold Rabs.
  destruct Rcase_abs; lra.
Qed.

Lemma pow2_IZR k : IZR (pow2 k) = 2 ^ k.
Proof. unfold pow2. rewrite pow_IZR. auto. Qed.

Lemma near_range p x v : Rabs (IZR v - 2 ^ p * x) <= /2 -> Rabs x <= 1 ->
  (- pow2 p <= v <= pow2 p)%Z.
Proof.
  intros Hv Hx. assert (Q : 0 < 2 ^ p) by (apply pow_lt; lra).
  assert (-1 <= x <= 1) by (unfold Rabs in Hx; destruct Rcase_abs; lra).
  assert (2 ^ p * x - /2 <= IZR v <= 2 ^ p * x + /2) by (unfold Rabs in Hv; destruct Rcase_abs;
    lra).
  split; apply Z.lt_succ_r; apply lt_IZR; rewrite succ_IZR, ?opp_IZR, pow2_IZR; nra.
Qed.

Section Q1.
Variables (nm : Norm) (dims : nat -> nat) (D l : nat) (W Q : nat -> mat) (eta : R).
Hypothesis W_norm : forall i, (i < l)%nat -> opnorm_le1 nm (dims (S i)) (dims i) (W i).
Hypothesis Q_near : forall i, (i < l)%nat -> forall x,
  nm (dims (S i)) (vsub (mv (dims i) (Q i) x) (mv (dims i) (W i) x)) <= eta * nm (dims i) x.
Hypothesis eta_nonneg : 0 <= eta.

Lemma mv_vsub m A x y i : mv m A (vsub x y) i = mv m A x i - mv m A y i.
Proof. unfold mv, vsub. rewrite <- rsum_minus. apply rsum_ext. intros; ring. Qed.

Lemma nrm_le_dist n (x y : vec) : nm n y <= nm n x + nm n (vsub y x).
Proof.
  pose proof (nrm_tri nm n y x (fun _ => 0)) as T.
  rewrite (nrm_ext nm n (vsub y (fun _ => 0)) y) in T by (intros; unfold vsub; lra).
  rewrite (nrm_ext nm n (vsub x (fun _ => 0)) x) in T by (intros; unfold vsub; lra). lra.
Qed.

Lemma layer_err i x y e : (i < l)%nat -> nm (dims i) x <= 1 -> nm (dims i) (vsub y x) <= e ->
  nm (dims (S i)) (vsub (mv (dims i) (Q i) y) (mv (dims i) (W i) x)) <= (1 + eta) * (1 + e) - 1.
Proof.
  intros Hi Hx Hy.
  pose proof (nrm_tri nm (dims (S i)) (mv (dims i) (Q i) y) (mv (dims i) (W i) y)
    (mv (dims i) (W i) x)) as T.
  pose proof (Q_near i Hi y) as N1. pose proof (W_norm i Hi (vsub y x)) as N2.
  rewrite (nrm_ext nm _ (mv (dims i) (W i) (vsub y x)) (vsub (mv (dims i) (W i) y)
    (mv (dims i) (W i) x))) in N2
    by (intros; apply mv_vsub).
  pose proof (nrm_le_dist (dims i) x y). nra.
Qed.

Lemma hid_err x : nm (dims 0%nat) x <= 1 -> forall i, (i <= l)%nat ->
  nm (dims i) (hid dims W x i) <= 1 /\
  nm (dims i) (vsub (hid dims Q x i) (hid dims W x i)) <= (1 + eta) ^ i - 1.
Proof.
  intros Hx. induction i as [|i IH]; intros Hi.
  - cbn [hid pow]. rewrite nrm_self. split; auto. lra.
  - destruct (IH ltac:(lia)) as [I1 I2]. cbn [hid]. split.
    + eapply Rle_trans; [apply nrm_mono; intros; apply relu_abs|].
      eapply Rle_trans; [apply (W_norm i); lia|]. auto.
    + eapply Rle_trans; [apply nrm_mono; intros; apply relu_lip|].
      pose proof (layer_err i _ _ _ ltac:(lia) I1 I2). cbn [pow]. unfold vsub in *. lra.
Qed.

(** Q1 for any layers that are eta-close *)
Theorem Q1_close x : (1 <= l)%nat -> nm (dims 0%nat) x <= 1 ->
  nm (dims l) (vsub (net dims Q l x) (net dims W l x)) <= (1 + eta) ^ l - 1.
Proof.
  intros Hl Hx. unfold net.
  destruct (hid_err x Hx (l - 1) ltac:(lia)) as [I1 I2].
  pose proof (layer_err (l - 1) _ _ _ ltac:(lia) I1 I2) as LE.
  replace (S (l - 1)) with l in LE by lia.
  replace ((1 + eta) ^ l) with ((1 + eta) * (1 + eta) ^ (l - 1)) by (rewrite tech_pow_Rmult;
    f_equal; lia). lra.
Qed.
End Q1.

Lemma opnorm_entry nm n m A i j : opnorm_le1 nm n m A -> (i < n)%nat -> (j < m)%nat ->
  Rabs (A i j) <= 1.
Proof.
  intros H Hi Hj. specialize (H (fun c => if (c =? j)%nat then 1 else 0)).
  pose proof (nrm_coord nm n (mv m A (fun c => if (c =? j)%nat then 1 else 0)) i Hi) as C.
  pose proof (nrm_unit nm m j) as U.
  replace (mv m A (fun c => if (c =? j)%nat then 1 else 0) i) with (A i j) in C; [lra|].
  unfold mv. rewrite <- (rsum_pick (fun c => A i c) j m Hj). apply rsum_ext. intros c _.
  destruct (Nat.eqb_spec c j); cbn; lra.
Qed.

(** the smallest step of p bits, in a network of widths at most D *)
Definition eta_of (D p : nat) : R := INR D / 2 ^ (S p).

(** Q1: V near 2^p W entrywise, one layer *)
Theorem Q1_layer (nm : Norm) n m D p (W : mat) (V : nat -> nat -> Z) x : (n <= D)%nat -> (m <= D)%nat ->
  (forall r c, (r < n)%nat -> (c < m)%nat -> Rabs (IZR (V r c) - 2 ^ p * W r c) <= /2) ->
  nm n (vsub (mv m (fun r c => / 2 ^ p * IZR (V r c)) x) (mv m W x)) <= eta_of D p * nm m x.
Proof.
  intros Hn Hm HV. assert (P : 0 < 2 ^ p) by (apply pow_lt; lra).
  pose proof (Rinv_0_lt_compat _ P) as P'.
  rewrite (nrm_ext nm _ _ (mv m (fun r c => / 2 ^ p * IZR (V r c) - W r c) x)).
  2:{ intros r _. unfold vsub, mv. rewrite <- rsum_minus. apply rsum_ext. intros; ring. }
  replace (eta_of D p) with (/ 2 ^ S p * INR D) by (unfold eta_of, Rdiv; ring).
  apply nrm_entries; auto.
  - left. apply Rinv_0_lt_compat, pow_lt. lra.
  - intros r c Hr Hc. replace (/ 2 ^ p * IZR (V r c) - W r c)
      with (/ 2 ^ p * (IZR (V r c) - 2 ^ p * W r c)) by (field; lra).
    rewrite Rabs_mult, (Rabs_pos_eq (/ 2 ^ p)) by lra. cbn [pow]. rewrite Rinv_mult.
    pose proof (HV r c Hr Hc). nra.
Qed.

(** and the network with the matrices 2^-p V *)
Theorem Q1_error nm dims D l p (W : nat -> mat) (V : nat -> nat -> nat -> Z) x :
  (1 <= l)%nat -> (forall i, (i <= l)%nat -> (dims i <= D)%nat) ->
  (forall i, (i < l)%nat -> opnorm_le1 nm (dims (S i)) (dims i) (W i)) ->
  (forall i r c, (i < l)%nat -> (r < dims (S i))%nat -> (c < dims i)%nat ->
    Rabs (IZR (V i r c) - 2 ^ p * W i r c) <= /2) ->
  nm (dims 0%nat) x <= 1 ->
  nm (dims l) (vsub (net dims (fun i r c => / 2 ^ p * IZR (V i r c)) l x) (net dims W l x))
  <= (1 + eta_of D p) ^ l - 1.
Proof.
  intros Hl HD HW HV Hx.
  apply Q1_close; auto.
  - intros i Hi y. apply Q1_layer; [apply HD; lia|apply HD; lia|auto].
  - unfold eta_of, Rdiv. apply Rmult_le_pos; [apply pos_INR|]. left. apply Rinv_0_lt_compat, pow_lt.
    lra.
Qed.
